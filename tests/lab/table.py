"""What the judge found of many tests: lines, totals, and the table of docs/torture.md."""
import fnmatch
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEAD = ["test", "messages", "responses", "pace", "exact", "same outcome", "reason"]


def cells(result):
    verdicts = ["-", "-", "-"]
    if not result.skipped:
        outcome = "yes" if result.outcome else "yes (interim)" if result.only_interims else "NO"
        verdicts = [result.pace, "yes" if result.exact else "NO", outcome]
    return [result.name, str(result.messages), str(result.responses), *verdicts, result.reason()]


def line(result):
    name, messages, responses, pace, exact, outcome, reason = cells(result)
    return f"{name:<55} {messages:>6} {responses:>6} {pace:>8} {exact:>5} {outcome:>13}  {reason}"


def share(part, whole):
    return f"{part} of {whole} ({100 * part / whole:.2f} %)" if whole else "none"


def totals(results):
    judged = [r for r in results if not r.skipped]
    lines = [f"byte-exact: {share(sum(r.exact for r in judged), len(judged))}",
             f"same outcome: {share(sum(r.same() for r in judged), len(judged))}",
             "same outcome, interim answers of smbd's own pace included: "
             + share(sum(r.outcome for r in judged), len(judged)),
             "equal responses: " + share(sum(r.equal for r in judged), sum(r.responses + r.extra for r in judged)),
             f"with sealed messages: {sum(r.sealed for r in judged)}",
             f"replayed at recorded pace: {sum(r.pace == 'recorded' for r in judged)}, as fast as the order allows: "
             f"{sum(r.pace == 'none' for r in judged)}"]
    skips = [r.skipped for r in results if r.skipped]
    return lines + [f"not counted: {skips.count(reason)} {reason}" for reason in sorted(set(skips))]


def from_file(name, test):
    """What one of torture.* has behind the first pattern that fits a test."""
    for text in (HERE / name).read_text().splitlines():
        if text.strip() and not text.startswith("#"):
            pattern, rest = text.split(None, 1)
            if fnmatch.fnmatchcase(test, pattern):
                return rest
    return ""


def explained(result):
    why = from_file("torture.reasons", result.name) if result.skipped or not result.same() else ""
    often = f"; {result.again[0]} of {result.again[1]} replays the same" if result.again else ""
    return result.reason() + often + (f": {why}" if why else "")


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE)
    return (done.stdout or done.stderr).strip().splitlines()[0] if not done.returncode else "unknown"


def markdown(results, options):
    text = f"""# smbtorture, replayed

Made by `tests/lab/torture` with smbench {options.tree or output("git", "rev-parse", "--short", "HEAD")} and smbd \
{output("smbd", "--version").split()[-1]}: each of smbtorture's smb2.* tests
is captured, compiled and replayed against a fresh smbd, and the capture of the replay is compared with the first one by
`tests/lab/judge.py`. Sealed messages are judged by what tshark finds in them.

"""
    text += "".join(f"- {entry}\n" for entry in totals(results))
    text += """
*exact*: the client sent the same bytes in the same order over all connections, but for the fields that are patched by
design. *same outcome*: the status of every response, what was granted, breaks in number, kind, order and place. An interim
STATUS_PENDING counts where the request waits for somebody else; *yes (interim)* is a test that differs only in others,
which smbd sends whenever an answer takes it longer than half a millisecond. *pace*: none where the recording has no pause
(`tests/lab/torture`, `pace_of`). A test that misses is replayed five times.

"""
    text += "| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|\n"
    for result in results:
        row = [cell.replace("|", "\\|") for cell in [*cells(result)[:-1], explained(result)]]
        text += "| " + " | ".join(row) + " |\n"
    return text


def report(results, options):
    for result in results:
        print(line(result))
    if options.capture_only:
        print(f"{len(results)} captures, {sum(bool(r.skipped) for r in results)} of them not to be judged")
        return 0
    print("\n".join(totals(results)))
    if options.markdown:
        options.markdown.write_text(markdown(results, options))
    judged = [r for r in results if not r.skipped]
    failed = sum(not r.good() for r in judged)
    print(f"{len(judged) - failed} passed, {failed} failed, {len(results) - len(judged)} skipped")
    return int(failed > 0)
