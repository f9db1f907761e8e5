// SPDX-License-Identifier: MIT

#include <lathe/format_fields.hpp>

namespace lathe {
namespace {

template <class T>
fmt::appender append(fmt::appender out, T value, const fmt::formatter<T>& field) {
  fmt::format_context context(out, {});
  return field.format(value, context);
}

}  // namespace

fmt::appender append_field(fmt::appender out, long long value,
                           const fmt::formatter<long long>& field) {
  return append(out, value, field);
}
fmt::appender append_field(fmt::appender out, unsigned long long value,
                           const fmt::formatter<unsigned long long>& field) {
  return append(out, value, field);
}
fmt::appender append_field(fmt::appender out, double value, const fmt::formatter<double>& field) {
  return append(out, value, field);
}
fmt::appender append_field(fmt::appender out, float value, const fmt::formatter<float>& field) {
  return append(out, value, field);
}
fmt::appender append_field(fmt::appender out, bool value, const fmt::formatter<bool>& field) {
  return append(out, value, field);
}
fmt::appender append_field(fmt::appender out, char value, const fmt::formatter<char>& field) {
  return append(out, value, field);
}
fmt::appender append_field(fmt::appender out, const void* value,
                           const fmt::formatter<const void*>& field) {
  return append(out, value, field);
}
fmt::appender append_field(fmt::appender out, fmt::string_view value,
                           const fmt::formatter<fmt::string_view>& field) {
  return append(out, value, field);
}

}  // namespace lathe
