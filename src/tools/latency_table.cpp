// SPDX-License-Identifier: MIT

#include "tools/latency_table.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tools/latency_sections.hpp"
#include "tools/latency_series.hpp"

namespace lathe::tools {
namespace {

constexpr std::size_t kColumnsMax = 100;
constexpr std::size_t kDurationColumns = 9;  // "99.9 us" and a gap

// A label on the left and cells on the right, each column as wide as it has to be.
class Grid {
 public:
  Grid(std::vector<std::string> heads, std::size_t columns_min) : columns_min_(columns_min) {
    add({}, std::move(heads));
  }

  void add(std::string label, std::vector<std::string> cells) {
    label_columns_ = std::max(label_columns_, label.size());
    widths_.resize(std::max(widths_.size(), cells.size()), columns_min_);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths_[i] = std::max(widths_[i], cells[i].size() + 2);
    }
    rows_.push_back({std::move(label), std::move(cells)});
  }

  // `title` stands where the first row has no label.
  [[nodiscard]] std::string text(std::string_view title) const {
    std::string text;
    // A title that is wider than the labels has a line of its own.
    const bool is_title_inside = title.size() <= label_columns_ + 2;
    if (!is_title_inside) {
      text += fmt::format("{}\n", title);
    }
    for (const Row& row : rows_) {
      const bool is_head = &row == &rows_.front();
      text += is_head ? fmt::format("{:<{}}", is_title_inside ? title : "", label_columns_ + 2)
                      : fmt::format("  {:<{}}", row.label, label_columns_);
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        text += fmt::format("{:>{}}", row.cells[i], widths_[i]);
      }
      text += '\n';
    }
    return text;
  }

 private:
  struct Row {
    std::string label;
    std::vector<std::string> cells;
  };
  std::size_t columns_min_;
  std::vector<Row> rows_;
  std::size_t label_columns_ = 0;
  std::vector<std::size_t> widths_;
};

std::string section_table(const LatencyReport& report, const Section& section) {
  std::vector<std::string> heads;
  heads.reserve(kToldPercents.size() + 1);
  for (const ToldPercent& told : kToldPercents) {
    heads.push_back(fmt::format("p{}", told.name));
  }
  heads.emplace_back("max");
  Grid grid(std::move(heads), kDurationColumns);
  for (const SectionRow& row : rows_of(report, section)) {
    std::vector<std::string> cells;
    cells.reserve(kToldPercents.size() + 1);
    for (const ToldPercent& told : kToldPercents) {
      const std::optional<double> ns = percentile_ns(row.samples, told);
      cells.push_back(ns ? duration_text(*ns) : "-");
    }
    cells.push_back(duration_text(max_ns(row.samples)));
    grid.add(row.label, std::move(cells));
  }
  return grid.text(section.title);
}

std::string count_text(const LatencyReport& report) {
  const Labels labels = labels_of(report.plan);
  Grid grid(count_names(), 0);
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    grid.add(labels.cases[i] + ", calls", count_texts(report.cases[i].calls.counts));
    grid.add(labels.cases[i] + ", batches", count_texts(report.cases[i].batches.counts));
  }
  return grid.text("Counts");
}

// Words in lines of kColumnsMax columns.
std::string wrapped(std::string_view text) {
  std::string lines;
  while (text.size() > kColumnsMax) {
    std::size_t end = text.rfind(' ', kColumnsMax);
    if (end == std::string_view::npos || end == 0) {
      end = kColumnsMax;
    }
    lines += fmt::format("{}\n", text.substr(0, end));
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ', end)));
  }
  return lines + fmt::format("{}\n", text);
}

}  // namespace

std::string table_of(const LatencyReport& report) {
  std::string text = wrapped(machine_text(report.machine)) + wrapped(settings_text(report)) + "\n";
  for (const Section& section : sections_of(report)) {
    text += section_table(report, section) + "\n";
  }
  text += count_text(report) + "\n";
  for (const std::string& note : notes_of(report)) {
    text += wrapped(note);
  }
  return text;
}

}  // namespace lathe::tools
