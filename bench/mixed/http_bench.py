# SPDX-License-Identifier: MIT
"""What logging costs a server over real HTTP: wrk drives http_bench_server with each logger in
turn, on loopback. The logs are read back: three records for each answered request.

    http_bench.py SERVER [--rounds N] [--seconds S] [--connections N] [--work N] [--loggers LIST]
                  [--dir PATH] [--quick]

Exit status: 0; 1 if a run failed or its log was wrong; 2 for a wrong option; 77 without wrk.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

SKIPPED = 77
DEFAULT_LOGGERS = ["none", "fprintf", "fdatasync", "spdlog", "lathe", "lathe-deferred"]
TARGET = "/orders/17?user=42&items=3"
PROBES = 20  # requests of our own before wrk's: their answers are compared with the log
PATIENCE_S = 60
UNITS_MS = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 60e3}


class Failure(Exception):
    pass


class Server:
    """A running server; ends with everything written."""

    def __init__(self, program, logger, path, work):
        self.process = subprocess.Popen(
            [program, "--port", "0", "--logger", logger, "--log", path, "--work", str(work)],
            stdout=subprocess.PIPE, text=True)
        found = re.fullmatch(r"listening on (\d+)\n", self.process.stdout.readline())
        if not found:
            self.process.wait(PATIENCE_S)
            raise Failure(f"{logger}: the server did not start")
        self.port = int(found[1])

    def stop(self):
        """Returns how many requests it has answered."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=PATIENCE_S)
        found = re.fullmatch(r"answered (\d+)\n", output)
        if self.process.returncode != 0 or not found:
            raise Failure(f"the server ended with status {self.process.returncode}: '{output}'")
        return int(found[1])

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def probe(port):
    """Asks a few times over one connection; returns the answers: number -> hash."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    answers = {}
    try:
        for _ in range(PROBES):
            connection.request("GET", TARGET)
            response = connection.getresponse()
            answer = json.loads(response.read())
            if response.status != 200:
                raise Failure(f"status {response.status}")
            answers[answer["request"]] = answer["hash"]
    finally:
        connection.close()
    return answers


def run_wrk(wrk, port, options):
    """Returns requests, requests a second, p50 and p99 in ms."""
    result = subprocess.run(
        [wrk, "--threads", "1", "--connections", str(options.connections), "--duration",
         f"{options.seconds}s", "--timeout", f"{PATIENCE_S}s", "--latency",
         f"http://127.0.0.1:{port}{TARGET}"],
        capture_output=True, text=True, timeout=options.seconds + 2 * PATIENCE_S, check=False)
    text = result.stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    total = re.search(r"(\d+) requests in", text)
    percentiles = {name: float(number) * UNITS_MS[unit] for name, number, unit in
                   re.findall(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m) *$", text, re.MULTILINE)}
    if result.returncode or not rate or not total or len(percentiles) != 2:
        raise Failure(f"wrk: {text}{result.stderr}")
    if "Non-2xx" in text or "Socket errors" in text:
        raise Failure(f"wrk had errors: {text}")
    return int(total[1]), float(rate[1]), percentiles["50"], percentiles["99"]


def check_log(path, answered, answers):
    """All three records of each request, in order, and nothing else."""
    line = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \[\d+\] (info|error) +"
                      r"request (\d+): (.*)\n")
    path_text, user = TARGET.split("?")[0], 42
    number = -1
    with open(path, encoding="ascii", newline="") as file:
        for count, text in enumerate(file):
            number, part = divmod(count, 3)
            found = line.fullmatch(text)
            if not found or int(found[2]) != number:
                raise Failure(f"{path}, line {count + 1}: '{text}'")
            wants_error = part == 2 and number % 100 == 99
            message = found[3]
            is_right = [message == f"GET {path_text} from user {user}",
                        re.fullmatch(rf"order of user {user}: .{{90}}", message),
                        re.fullmatch(r"hash \d+", message)][part]
            if not is_right or (found[1] == "error") != wants_error:
                raise Failure(f"{path}, line {count + 1}: '{text}'")
            if part == 2 and number in answers and message != f"hash {answers[number]}":
                raise Failure(f"{path}, line {count + 1}: '{text}', but {answers[number]} was sent")
        if number >= 0 and part != 2:
            raise Failure(f"{path}: request {number} has {part + 1} records")
    if number + 1 != answered:
        raise Failure(f"{path}: records of {number + 1} requests, and {answered} were answered")


def measure(wrk, options, logger, folder):
    path = os.path.join(folder, "requests.log")
    server = Server(options.server, logger, path, options.work)
    try:
        answers = probe(server.port)
        requests, *numbers = run_wrk(wrk, server.port, options)
        answered = server.stop()
    finally:
        server.kill()
    if len(answers) != PROBES or answered < requests + PROBES:
        raise Failure(f"{logger}: {requests} answers came to wrk, and the server sent {answered}")
    if logger != "none":
        check_log(path, answered, answers)
        os.unlink(path)
    return numbers


def run_rounds(wrk, options):
    rounds = {logger: [] for logger in options.loggers}
    for number in range(options.rounds):
        turn = number % len(options.loggers)
        order = options.loggers[turn:] + options.loggers[:turn]
        for logger in order if number % 2 == 0 else reversed(order):
            with tempfile.TemporaryDirectory(prefix="lathe-http-", dir=options.dir) as folder:
                rounds[logger].append(measure(wrk, options, logger, folder))
    return rounds


def print_table(options, rounds):
    print(f"HTTP over loopback: one server thread, wrk with {options.connections} connections; "
          f"{options.rounds} round(s) of\n{options.seconds} s, loggers in turn. Medians; beside "
          "each number, its ratio to none in the same round.\nThree records were found for each "
          "answer.\n")
    print(f"{'':<24}{'requests/s':>11}{'':>6}{'p50 ms':>10}{'':>7}{'p99 ms':>10}")
    for logger, measured in rounds.items():
        text = f"{logger:<24}"
        for column, (width, ratio_width, digits) in enumerate([(11, 6, 0), (10, 7, 2), (10, 7, 2)]):
            ratios = [mine[column] / base[column]
                      for mine, base in zip(measured, rounds["none"])]
            middle = statistics.median(numbers[column] for numbers in measured)
            text += f"{middle:>{width}.{digits}f}{statistics.median(ratios):>{ratio_width}.2f}"
        print(text)


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above zero")
    return number


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("server", help="the program http_bench_server")
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--seconds", type=positive, default=3, help="of each run")
    parser.add_argument("--connections", type=positive, default=8)
    parser.add_argument("--work", type=positive, default=6, help="passes of the hash")
    parser.add_argument("--loggers", help="with commas; 'none' is always one of them")
    parser.add_argument("--dir", help="where the logs are; removed afterwards (TMPDIR or /tmp)")
    parser.add_argument("--quick", action="store_true",
                        help="a smoke test of a few seconds; its numbers say nothing")
    options = parser.parse_args()
    known = subprocess.run([options.server, "--list-loggers"], capture_output=True, text=True,
                           check=True).stdout.split()
    chosen = options.loggers.split(",") if options.loggers else [
        name for name in DEFAULT_LOGGERS if name in known]
    for name in chosen:
        if name not in known:
            parser.error(f"--loggers: there is no logger '{name}'; there are {', '.join(known)}")
    options.loggers = ["none", *(name for name in chosen if name != "none")]
    if options.quick:
        options.rounds, options.seconds = 1, 1
    return options


def main():
    options = read_arguments()
    wrk = shutil.which("wrk")
    if wrk is None:
        print("http_bench: skipped, since wrk is not installed (Debian: apt install wrk)")
        return SKIPPED
    try:
        print_table(options, run_rounds(wrk, options))
    except (Failure, OSError, subprocess.SubprocessError, http.client.HTTPException) as error:
        print(f"http_bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
