// SPDX-License-Identifier: MIT

#include "os/build_id.hpp"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>

namespace lathe {
namespace {

struct Search {
  std::uintptr_t address = 0;  // looked for; 0: by the build id
  CodePlace place;
  const void* found = nullptr;
};

bool is_code(const dl_phdr_info& object, std::uintptr_t address) noexcept {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object.dlpi_phdr[i];
    const std::uintptr_t begin = object.dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_LOAD && (part.p_flags & PF_X) != 0 && address >= begin &&
        address - begin < part.p_memsz) {
      return true;
    }
  }
  return false;
}

BuildId build_id_in(const std::byte* notes, std::size_t bytes) noexcept {
  BuildId id = {};
  const auto round_up = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  for (std::size_t at = 0; at + sizeof(ElfW(Nhdr)) <= bytes;) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes + at, sizeof(note));
    const std::size_t text = at + sizeof(note) + round_up(note.n_namesz);
    if (text + note.n_descsz > bytes) break;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
        std::memcmp(notes + at + sizeof(note), "GNU", 4) == 0) {
      std::memcpy(id.data(), notes + text, std::min<std::size_t>(note.n_descsz, id.size()));
      break;
    }
    at = text + round_up(note.n_descsz);
  }
  return id;
}

BuildId build_id_of(const dl_phdr_info& object) noexcept {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object.dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    const BuildId id = build_id_in(
        reinterpret_cast<const std::byte*>(object.dlpi_addr + part.p_vaddr), part.p_memsz);
    if (id != BuildId{}) return id;
  }
  return {};
}

int visit(dl_phdr_info* object, std::size_t, void* argument) noexcept {
  auto& search = *static_cast<Search*>(argument);
  if (search.address != 0) {
    if (!is_code(*object, search.address)) return 0;
    search.place = {.offset = search.address - object->dlpi_addr, .build_id = build_id_of(*object)};
    return 1;
  }
  if (build_id_of(*object) != search.place.build_id) return 0;
  const std::uintptr_t address = object->dlpi_addr + search.place.offset;
  if (is_code(*object, address)) search.found = reinterpret_cast<const void*>(address);
  return 1;
}

}  // namespace

CodePlace find_code(const void* address) noexcept {
  Search search;
  search.address = reinterpret_cast<std::uintptr_t>(address);
  (void)::dl_iterate_phdr(visit, &search);  // returns what visit returned
  return search.place;
}

const void* locate_code(const CodePlace& place) noexcept {
  if (place.offset == 0 || place.build_id == BuildId{}) return nullptr;
  Search search;
  search.place = place;
  (void)::dl_iterate_phdr(visit, &search);  // as above
  return search.found;
}

}  // namespace lathe
