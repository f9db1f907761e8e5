# SPDX-License-Identifier: MIT
"""`lathe latency`: what it measures, what it counts, and what it shows."""

import itertools
import os
import re
import unittest
import xml.etree.ElementTree

import pipe_support
from latency_support import BATCH_CALLS, WARM_UP_CALLS, LatencyCase

SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"


class MeasureTest(LatencyCase):
    def test_every_combination_is_measured_with_every_call_of_every_thread(self):
        report = self.measure("--threads", "1-2", "--form", "formatted,function,deferred",
                              "--rate", "0,1000000", "--records", "2000")
        want = list(itertools.product([1, 2], [0, 1_000_000],
                                      ["formatted", "function", "deferred"]))
        self.assertEqual([(case["threads"], case["rate_per_s"], case["form"])
                          for case in report["cases"]], want)
        for case in report["cases"]:
            threads = case["threads"]
            for part, samples in [("calls", 2000 * threads),
                                  ("batches", 2000 // BATCH_CALLS * threads)]:
                measurement = case[part]
                self.assert_complete(measurement)
                self.assertEqual(measurement["calls"], (2000 + WARM_UP_CALLS) * threads)
                self.assertEqual(measurement["dropped"], 0)
                self.assert_samples(measurement["call_ns"], samples)
                self.assert_samples(measurement["residence_ns"],
                                    measurement["residence_ns"]["samples"])
                if case["rate_per_s"] == 0:
                    self.assertIsNone(measurement["from_due_ns"])
                else:
                    self.assert_samples(measurement["from_due_ns"], samples)
                    # Nothing is done before it is due.
                    for name in ["min", "p50", "max"]:
                        self.assertGreaterEqual(measurement["from_due_ns"][name],
                                                measurement["call_ns"][name])

    def test_the_empty_measurement_stands_beside_each_number_of_threads_and_rate(self):
        report = self.measure("--threads", "1,2", "--rate", "0,1000000", "--records", "500",
                              "--form", "deferred,formatted")
        self.assertEqual([(empty["threads"], empty["rate_per_s"]) for empty in report["empty"]],
                         [(1, 0), (1, 1_000_000), (2, 0), (2, 1_000_000)])
        for empty in report["empty"]:
            self.assert_samples(empty["calls"]["call_ns"], 500 * empty["threads"])
            self.assert_samples(empty["batches"]["call_ns"], 25 * empty["threads"])
            self.assertEqual(empty["calls"]["from_due_ns"] is None, empty["rate_per_s"] == 0)

    def test_a_batch_that_is_not_full_is_filled(self):
        case = self.measure("--records", "21", "--rate", "0", "--form", "formatted")["cases"][0]
        self.assertEqual(case["calls"]["call_ns"]["samples"], 21)
        self.assertEqual(case["batches"]["call_ns"]["samples"], 2)
        self.assertEqual(case["batches"]["calls"], 2 * BATCH_CALLS + WARM_UP_CALLS)

    def test_a_duration_makes_the_calls_that_were_due_in_it(self):
        case = self.measure("--for", "200ms", "--rate", "20000", "--form", "formatted")["cases"][0]
        for part, want in [("calls", 4000), ("batches", 200)]:
            # Fewer only on a machine that stood still for as long as it measured.
            self.assertIn(case[part]["call_ns"]["samples"], range(1, want + 2))
            self.assert_complete(case[part])

    def test_flat_out_ends_by_time_too(self):
        case = self.measure("--for", "50ms", "--rate", "0", "--form", "deferred")["cases"][0]
        self.assertGreater(case["calls"]["call_ns"]["samples"], 0)
        self.assert_complete(case["calls"])

    def test_drops_are_counted_as_the_policy_allows(self):
        report = self.measure("--overflow", "drop_newest,shed,block", "--queue", "4K", "--rate",
                              "0", "--records", "20000", "--form", "formatted", "--message",
                              "text=200")
        for case in report["cases"]:
            for part in ["calls", "batches"]:
                self.assert_complete(case[part])
                if case["overflow"] == "block":
                    self.assertEqual(case[part]["dropped"], 0)
                else:  # 15 messages fit, and nobody reads as fast as this writes
                    self.assertGreater(case[part]["dropped"], 0)

    def test_files_rotate_at_their_size_and_are_all_read_back(self):
        case = self.measure("--size", "16K", "--rate", "0", "--records", "4000", "--threads", "2",
                            "--form", "deferred")["cases"][0]
        for part in ["calls", "batches"]:
            self.assert_complete(case[part])
            self.assertGreater(case[part]["rotations"], 10)
            self.assertGreater(case[part]["bytes"], 4000 * 2 * 60)

    def test_each_sync_policy_is_carried_out(self):
        def syncs_of(policies, size):
            report = self.measure("--sync", ",".join(policies), "--for", "300ms", "--rate",
                                  "20000", "--size", size, "--form", "formatted")
            self.assertEqual([case["sync"] for case in report["cases"]], policies)
            for case in report["cases"]:
                self.assert_complete(case["calls"])
                yield case["sync"], case["calls"]["syncs"]

        policies = ["every", "level", "bytes=64K", "10ms", "never"]
        for policy, syncs in [*syncs_of(policies, "never"), *syncs_of(["rotate"], "64K")]:
            if policy == "never":
                self.assertEqual(syncs, 0)
            else:
                self.assertGreater(syncs, 1, policy)  # one is that at the end

    def test_messages_of_any_length_arrive_whole(self):
        report = self.measure("--message", "numbers,text,text=1,text=1000,text=8K,text=64K",
                              "--rate", "0", "--records", "40", "--form", "deferred,function")
        self.assertEqual([case["text_bytes"] for case in report["cases"][::2]],
                         [0, 40, 1, 1000, 8192, 65536])
        for case in report["cases"]:
            self.assert_complete(case["calls"])
            self.assert_complete(case["batches"])

    def test_threads_stay_on_their_cpus(self):
        cpu = min(os.sched_getaffinity(0))
        report = self.measure("--cpu", f"{cpu},{cpu}", "--records", "200", "--rate", "0")
        self.assertEqual(report["settings"]["cpus"], [cpu, cpu])
        self.assert_complete(report["cases"][0]["calls"])


class ShowTest(LatencyCase):
    ARGUMENTS = ["--records", "1000", "--rate", "1000000", "--form", "formatted,deferred"]

    def test_the_table_has_a_row_for_each_case_in_each_section(self):
        out, said = self.run_latency(*self.ARGUMENTS)
        self.assertEqual(said, "")  # no progress line: that is no terminal
        for title in ["A call", "A call, from the moment it was due",
                      "A call, mean of a batch of 20",
                      "A call, mean of a batch of 20, from the moment it was due",
                      "Residence: from the log call to written", "Counts"]:
            self.assertRegex(out, rf"(?m)^{title}( |$)")
        for label, rows in [("empty measurement", 4), ("formatted", 5), ("deferred", 5),
                            ("formatted, calls", 1), ("deferred, batches", 1)]:
            self.assertEqual(len(re.findall(rf"(?m)^  {label}  +[\d-]", out)), rows, label)
        self.assertIn("p99.99", out)
        self.assertRegex(out, r"(?m)^  formatted, calls +1020 +1020 +0 +0 ")

    def test_json_and_plot_go_to_their_files_and_the_table_stays(self):
        json_path, plot_path = self.results / "out.json", self.results / "out.html"
        json_path.write_text("x" * 1_000_000, encoding="ascii")  # longer than what replaces it
        out, _ = self.run_latency(*self.ARGUMENTS, "--json", json_path, "--plot", plot_path)
        self.assertIn("p99.99", out)
        self.assertTrue(json_path.read_text(encoding="utf-8").endswith("]}\n"))
        self.assertTrue(plot_path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>"))

    def test_the_plot_is_one_page_with_curves_that_rise_inside_their_boxes(self):
        path = self.results / "out.html"
        self.run_latency(*self.ARGUMENTS, "--plot", path)
        text = path.read_text(encoding="utf-8")
        for word in ["<script", "src=", "href=", "url(", "@import"]:
            self.assertNotIn(word, text)
        page = xml.etree.ElementTree.fromstring(text)
        charts = list(page.iter(SVG + "svg"))
        self.assertEqual([len(chart.findall(SVG + "path")) for chart in charts], [3, 3, 3, 3, 2])
        for chart in charts:
            box = chart.find(SVG + "rect")
            left, top, width, height = (float(box.get(name))
                                        for name in ["x", "y", "width", "height"])
            for path in chart.findall(SVG + "path"):
                points = [tuple(map(float, point.split(",")))
                          for point in re.split(r"[ML ]+", path.get("d").strip("ML "))]
                xs, ys = zip(*points)
                self.assertEqual(list(xs), sorted(xs))
                self.assertEqual(list(ys), sorted(ys, reverse=True))
                self.assertTrue(left <= min(xs) and max(xs) <= left + width)
                self.assertTrue(top <= min(ys) and max(ys) <= top + height)
        legends = [list(legend) for legend in page.iter(HTML + "ul")]
        self.assertEqual([len(legend) for legend in legends], [3, 3, 3, 3, 2])


if __name__ == "__main__":
    pipe_support.main()
