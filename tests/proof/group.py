# SPDX-License-Identifier: MIT
"""Group proof: what holds for every device, shown by CBMC.

Each line of harnesses.tsv is one run of CBMC on a harness of this folder and
the library's own sources; each of rings.tsv is several (rings.py). All of
CBMC's checks must hold, the bound of each loop among them. In the same run
every PROOF_SEEN must be found violated, the one at the harness's end too: else
no run of the program comes there, and what was shown holds of nothing.
"""
import concurrent.futures
import csv
import os
import re
import shlex
import subprocess
import tempfile

import build
import rings
import trixie
from report import Skip

HERE = os.path.dirname(os.path.abspath(__file__))
# Far above what any proof takes (see the sums that are printed), so that a
# slower machine does not fail one; in seconds of CPU and in KiB.
LIMIT_CPU = 300
LIMIT_MEMORY = 6 << 20
# Beside those that CBMC 6 does unasked: bounds, pointers, division by 0,
# signed overflow, shifts, unwinding. What the harness allocates is there.
CHECKS = ['--pointer-overflow-check', '--no-malloc-may-fail',
          '--slice-formula', '--drop-unused-functions']
# CBMC reads what this makes of a source (its own option for a header that
# comes first does not work in 6.6).
PREPROCESS = ['gcc', '-E', '-std=c11', '-ffreestanding', '-D__CPROVER__',
              '-Iinclude', '-Isrc/core', '-Isrc/drivers', '-Itests/proof',
              '-include', 'tests/proof/proof.h']
SEEN = 'seen: '
END = SEEN + 'the end'
# Functions of broken.c, and what is said against them.
BROKEN = {
    'vacuous': 'never happens: the end',
    'half_vacuous': 'never happens: two',
    'without_end': 'no PROOF_END',
    'wrong': 'never seven',
    'outside': "array 'bytes' upper bound",
    'overflows': 'overflow on signed +',
    'unbounded': 'unwinding assertion',
    'calls_nothing': 'no body for callee missing',
    'nowhere': 'no result',
}


class Harness:
    """One line of the table."""

    def __init__(self, name, function, sources, defines, unwind, flags,
                 calls='', leaves=()):
        self.name = name
        self.sources = sources.split()
        # What the function behind a pointer is, and checks left out.
        self.calls = calls
        self.leaves = leaves
        self.defines = shlex.split(defines)
        self.flags = ['--function', function, '--unwind', unwind,
                      *shlex.split(flags)]

    def preprocess(self):
        """The sources as CBMC shall see them, in files of build/proof."""
        folder = os.path.join('build', 'proof',
                              re.sub(r'\W+', '-', self.name))
        os.makedirs(os.path.join(build.ROOT, folder), exist_ok=True)
        made = []
        for source in self.sources:
            made.append(os.path.join(
                folder, os.path.basename(source).replace('.c', '.i')))
            build.run([*PREPROCESS, *self.defines, source, '-o', made[-1]])
        return made

    def linked(self):
        """The sources as one program, where a call is what self.calls says."""
        made = self.preprocess()
        program = os.path.join(os.path.dirname(made[0]), 'program')
        build.run([trixie.program('goto-cc'), '-o', program, *made])
        build.run([trixie.program('goto-instrument'),
                   '--restrict-function-pointer', self.calls, program,
                   program + '.calls'])
        return program + '.calls'

    def command(self, cbmc):
        """What is run."""
        checks = [check for check in CHECKS if check not in self.leaves]
        made = [self.linked()] if self.calls else self.preprocess()
        return [*cbmc, *checks, *self.flags, *made]


def harnesses():
    """The table."""
    path = os.path.join(HERE, 'harnesses.tsv')
    with open(path, encoding='utf-8') as file:
        lines = [line for line in file if not line.startswith('#')]
    table = [Harness(*row) for row in
             csv.reader(lines, delimiter='\t', quoting=csv.QUOTE_NONE)]
    table = [Harness(*proof) for proof in rings.proofs()] + table
    names = [harness.name for harness in table]
    assert len(set(names)) == len(names), 'two proofs have one name'
    return table


def run_limited(command):
    """Exit status, what it printed, seconds of CPU."""
    script = f'ulimit -t {LIMIT_CPU}; ulimit -v {LIMIT_MEMORY}; exec "$@"'
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            ['sh', '-c', script, 'sh', *command], cwd=build.ROOT,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors='replace')
    return process.returncode, text, usage.ru_utime + usage.ru_stime


def results(text):
    """CBMC's properties: (where and what, status), all of them or none."""
    found = re.findall(r'^\[(.*)\] (.*): (SUCCESS|FAILURE|UNKNOWN|ERROR)$',
                       text, re.M)
    total = re.search(r'^\*\* \d+ of (\d+) failed', text, re.M)
    if not total or int(total[1]) != len(found):
        return []
    return [(re.sub(r'^line \d+ ', '', what), f'{where}: {what}', status)
            for where, what, status in found]


def objections(status, text):
    """What speaks against this run of CBMC, line by line."""
    found = results(text)
    # 0: all properties hold; 10: some do not, as it must be here.
    if status not in (0, 10) or not found:
        return [f'no result: exit status {status}', text[-3000:]]
    said = [f'{result}: {where}' for what, where, result in found
            if not what.startswith(SEEN) and result != 'SUCCESS']
    said += [f'never happens: {what[len(SEEN):]}' for what, _, result in found
             if what.startswith(SEEN) and result != 'FAILURE']
    if [what for what, _, _ in found].count(END) != 1:
        said.append('no PROOF_END, or more than one')
    return said


def prove(cbmc, harness):
    """Run one; what speaks against it, seconds of CPU, and a note."""
    try:
        command = harness.command(cbmc)
    except build.BuildError as error:
        return [str(error)], 0, 'not run'
    status, text, took = run_limited(command)
    said = objections(status, text)
    if said:
        # The command that prints the run that leads there.
        said.append(shlex.join(command + ['--trace']))
    count = len(results(text))
    return said, took, f'{count} properties, {took:.1f} s of CPU'


def prove_all(report, cbmc, wanted):
    """All of the table, one a CPU."""
    total = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(prove, cbmc, harness): harness
                for harness in wanted}
        for run_ in concurrent.futures.as_completed(runs):
            said, took, note = run_.result()
            total += took
            if said:
                report.failed(runs[run_].name, '\n'.join([note, *said]))
            else:
                report.passed(runs[run_].name, note, loud=True)
    report.say(f'{total:.0f} s of CPU in all')


def broken(name):
    """A function of broken.c as a harness."""
    return Harness(name, name, 'tests/proof/broken.c', '', '5', '')


def check_refusals(cbmc):
    """A sound proof is accepted; each broken one is not, for its reason."""
    said = prove(cbmc, broken('sound'))[0]
    assert not said, '\n'.join(said)
    for name, why in BROKEN.items():
        said = '\n'.join(prove(cbmc, broken(name))[0])
        assert why in said, f'{name} is not refused for: {why}\n{said}'
    return f'{len(BROKEN)} of them'


def run(report):
    """All of the group."""
    try:
        cbmc = [trixie.program('cbmc')]
    except Skip as reason:
        report.skipped('all proofs', str(reason))
        return
    report.case('proofs that are none are refused', check_refusals, cbmc)
    prove_all(report, cbmc,
              [harness for harness in harnesses()
               if report.wants(harness.name)])
