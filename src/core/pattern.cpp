// SPDX-License-Identifier: MIT
//
// Compiles a layout into steps, and takes them for each record.

#include "core/pattern.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/pattern_parser.hpp"

namespace lathe {
namespace {

// By name, since g++ 12 warns of a temporary with defaults.
PatternField text_field(std::string text) {
  PatternField field;
  field.text = std::move(text);
  return field;
}

// The process never changes, so it is text.
PatternField process_field(const FieldSpec& spec, std::uint32_t process_id) {
  const fmt::format_int digits(process_id);
  std::string text(digits.data(), digits.size());
  text.resize(text.size() + spec.bound());
  const char* const end = apply_spec(spec, text.data(), text.data() + digits.size());
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text_field(std::move(text));
}

}  // namespace

Pattern::Pattern(std::string_view text, const PatternOptions& options) : escape_(options.escape) {
  std::vector<PatternField> fields = parse_pattern(text, options.field_name);
  if (!options.line_end.empty()) fields.push_back(text_field(options.line_end));

  std::vector<PatternField> pending;  // of the segment that is being collected
  const auto end_segment = [&] {
    if (!pending.empty()) add_segment(std::exchange(pending, {}));
  };
  for (PatternField& field : fields) {
    if (field.kind == FieldKind::time) {
      end_segment();
      add_time(field, options.time_zone);
    } else if (field.kind == FieldKind::message) {
      end_segment();
      add_message(field);
    } else if (field.kind == FieldKind::process) {
      pending.push_back(process_field(field.spec, options.process_id));
    } else {
      pending.push_back(std::move(field));
    }
  }
  end_segment();
  point_steps();
  shows_names_ = (name_factors_.thread_name | name_factors_.logger | name_factors_.file |
                  name_factors_.path) != 0;
  has_head_ =
      steps_.size() >= 2 && steps_[0].kind == StepKind::time && steps_[1].kind == StepKind::segment;
}

// Once nothing is added any more: vectors that grow move what they hold.
void Pattern::point_steps() noexcept {
  auto time = times_.begin();
  auto segment = segments_.begin();
  auto message = messages_.cbegin();
  for (Step& step : steps_) {
    switch (step.kind) {
      case StepKind::time:
        step.time = &*time++;
        break;
      case StepKind::segment:
        step.segment = &*segment++;
        break;
      case StepKind::message:
        step.message = &*message++;
        break;
    }
  }
}

void Pattern::add_time(const PatternField& field, TimeZone zone) {
  steps_.push_back({.kind = StepKind::time});
  times_.emplace_back(field.text, zone);
  bound_fixed_ += Timestamp::kTextBytesMax;
}

void Pattern::add_message(const PatternField& field) {
  steps_.push_back({.kind = StepKind::message});
  messages_.push_back(field.spec);
  bound_fixed_ += field.spec.bound();
  message_factor_ += escape_ ? kEscapeFactor : 1;
}

void Pattern::add_segment(std::vector<PatternField> fields) {
  steps_.push_back({.kind = StepKind::segment});
  segments_.emplace_back(std::move(fields));
  bound_fixed_ += segments_.back().bound_fixed();
  const NameFactors& factors = segments_.back().name_factors();
  name_factors_.thread_name += factors.thread_name;
  name_factors_.logger += factors.logger;
  name_factors_.file += factors.file;
  name_factors_.path += factors.path;
}

[[gnu::noinline]] char* Pattern::render_new_head(const Record& record, char* out) noexcept {
  Timestamp& time = times_.front();
  const std::uint64_t last_unit_ns = time.unit_start_ns();
  char* const time_end = time.render(record.time.time_since_epoch().count(), out);
  char* const end = segments_.front().render(record, time_end);
  // Not for the first line of a unit, which is mostly its only one.
  if (time.unit_start_ns() == last_unit_ns) {
    keep_head(record, {out, static_cast<std::size_t>(end - out)});
  }
  return end;
}

void Pattern::keep_head(const Record& record, std::string_view text) noexcept {
  if (text.size() > Head::kBytesMax || !segments_.front().is_lasting(record)) return;
  std::memcpy(head_.text.data(), text.data(), text.size());
  head_.size_bytes = text.size();
  head_.key = segments_.front().key_of(record);
  head_.unit_start_ns = times_.front().unit_start_ns();
  head_.unit_ns = times_.front().unit_ns();
}

char* Pattern::render(const Record& record, char* out) noexcept {
  const Step* step = steps_.data();
  const Step* const steps_end = step + steps_.size();
  if (has_head_) {
    const auto wall_ns = static_cast<std::uint64_t>(record.time.time_since_epoch().count());
    const bool is_alike = wall_ns - head_.unit_start_ns < head_.unit_ns &&
                          step[1].segment->has_key(record, head_.key);
    out = is_alike ? copy_padded<Head::kBlockBytes>(head_.text.data(), head_.size_bytes, out)
                   : render_new_head(record, out);
    step += 2;
  }
  for (; step != steps_end; ++step) {
    switch (step->kind) {
      case StepKind::time:
        out = step->time->render(record.time.time_since_epoch().count(), out);
        break;
      case StepKind::segment:
        out = step->segment->render(record, out);
        break;
      case StepKind::message:
        out = render_message(record, *step->message, out);
        break;
    }
  }
  return out;
}

char* Pattern::render_message(const Record& record, const FieldSpec& spec,
                              char* out) const noexcept {
  char* end = out + record.message.size();
  if (escape_) {
    end = copy_escaped(record.message, out);
  } else if (!record.message.empty()) {  // a view of nothing may point nowhere
    std::memcpy(out, record.message.data(), record.message.size());
  }
  return spec.is_plain() ? end : apply_spec(spec, out, end);
}

}  // namespace lathe
