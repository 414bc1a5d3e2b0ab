# SPDX-License-Identifier: MIT
"""What the tests say: each case passed, failed or skipped, and the sums."""
import os
import time
import traceback


class Skip(Exception):
    """Raised by a case that cannot run here; the text is the reason."""


class Report:
    """Collects the results of one run of the tests.

    skip_is_failure counts each skip as a failure; only, if not empty, is a
    text that a case's name must contain for it to run. Into folder, if there
    is one, go the results of each group: GROUP.tsv with lines of result, case
    and note.
    """

    def __init__(self, verbose=False, skip_is_failure=False, only='',
                 folder=None):
        self.verbose = verbose
        self.skip_is_failure = skip_is_failure
        self.only = only
        self.folder = folder
        self.group = ''
        self.counts = {'passed': 0, 'failed': 0, 'skipped': 0}

    def say(self, text):
        print(text, flush=True)

    def begin(self, group):
        """The cases from here on are this group's; its old results go."""
        self.group = group
        if self.folder:
            os.makedirs(self.folder, exist_ok=True)
            with open(self.path(), 'w', encoding='utf-8'):
                pass

    def path(self):
        """Where the results of the group are kept."""
        return os.path.join(self.folder, self.group + '.tsv')

    def keep(self, result, name, note):
        """Keep one result for the tools that make figures of them."""
        if self.folder:
            note = note.partition('\n')[0].replace('\t', ' ')
            with open(self.path(), 'a', encoding='utf-8') as file:
                file.write(f'{result}\t{name}\t{note}\n')

    def record(self, result, name, reason='', loud=False, took=0):
        """Count one case and print it; passes only when that is asked for."""
        if result == 'skipped' and self.skip_is_failure:
            result = 'failed'
            reason = f'skipped, a failure here: {reason}'
        self.counts[result] += 1
        self.keep(result, name, reason)
        if result == 'passed' and not (loud or self.verbose):
            return
        if took >= 0.5:
            name = f'{name} ({took:.1f} s)'
        if result == 'passed' and '\n' not in reason:
            name = f'{name}: {reason}' if reason else name
            reason = ''
        self.say(f'{result.upper() if result == "failed" else result:7} '
                 f'{self.group}: {name}')
        if reason:
            self.say('    ' + reason.rstrip().replace('\n', '\n    '))

    def passed(self, name, note='', loud=False, took=0):
        self.record('passed', name, note, loud, took)

    def failed(self, name, reason):
        self.record('failed', name, reason)

    def skipped(self, name, reason):
        self.record('skipped', name, reason)

    def wants(self, name):
        """Whether the case of this name is to run at all."""
        return self.only in name

    def case(self, name, function, *arguments):
        """Run one case: it passes unless it raises.

        What it returns, if anything, is a note worth printing.
        """
        if not self.wants(name):
            return
        start = time.monotonic()
        try:
            note = function(*arguments)
        except Skip as reason:
            self.skipped(name, str(reason))
        except AssertionError as reason:
            self.failed(name, str(reason) or traceback.format_exc())
        except Exception:  # pylint: disable=broad-except
            self.failed(name, traceback.format_exc())
        else:
            self.passed(name, note or '', loud=True,
                        took=time.monotonic() - start)

    def totals(self):
        """The last line of every run."""
        return ', '.join(f'{count} {result}'
                         for result, count in self.counts.items())
