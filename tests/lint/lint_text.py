# SPDX-License-Identifier: MIT
"""Rules of the house that can be seen in the text of the sources.

Each check takes a Tree and returns its complaints, as 'path:line: what'.
"""
import ast
import fnmatch
import os
import re
import subprocess

MAX_COLUMNS = 80
MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 800

STD = ['<stdint.h>', '<stddef.h>', '<stdbool.h>', '<limits.h>']
BASE = STD + ['include/levitate/base.h']
CORE = BASE + ['include/levitate/hal.h', 'include/levitate/transport.h',
               'include/levitate/device.h', 'include/levitate/queue.h']
PUBLIC = ['include/levitate.h', 'include/levitate/*']
ANYTHING = ['*']

# Who may include whom. The first pattern that fits a file holds; {name} is
# the port's folder or, elsewhere, the file's name up to a '_' or '.'. In all
# patterns '*' takes in '/', and '"*"' is a file that is made by the build.
MAY_INCLUDE = (
    ('include/levitate/base.h', STD),
    ('include/levitate/wire/*', BASE),
    ('include/levitate/hal.h', BASE),
    ('include/levitate/term.h', BASE),
    ('include/levitate/transport.h', CORE),
    ('include/levitate/device.h', CORE),
    ('include/levitate/queue.h', CORE),
    ('include/levitate/mmio.h', CORE),
    ('include/levitate/pci*.h', CORE),
    ('include/levitate/*', CORE + ['include/levitate/wire/{name}.h']),
    ('include/levitate.h', PUBLIC),
    ('src/core/*', CORE + ['include/levitate/wire/ring.h', 'src/core/*']),
    ('src/transport/*', CORE + ['include/levitate/mmio.h',
                                'include/levitate/pci*.h',
                                'include/levitate/wire/mmio.h',
                                'include/levitate/wire/pci*.h',
                                'src/transport/*']),
    ('src/drivers/*', CORE + ['include/levitate/{name}.h',
                              'include/levitate/wire/{name}.h',
                              'src/drivers/{name}.h',
                              'src/drivers/{name}_*.h']),
    ('src/term/*', BASE + ['include/levitate/term.h', 'src/term/*']),
    ('ports/*', PUBLIC + ['ports/{name}/*', '<*>']),
    ('kernel/*', PUBLIC + STD + ['<stdarg.h>', 'kernel/*', 'ports/*', '"*"',
                                 'bench/ring_device.h', 'bench/ring_queue.h']),
    ('examples/*', PUBLIC + ['examples/*', 'ports/*', '<*>']),
    ('bench/*', PUBLIC + ['bench/*', 'ports/*', '<*>']),
    ('tests/fake/*', PUBLIC + ['tests/fake/*', '<*>']),
    ('tests/unit/*', ANYTHING),
    ('tests/fuzz/*', ANYTHING),
    ('tests/proof/*', ANYTHING),
    ('tests/stress/*', ANYTHING),
    ('tests/*', PUBLIC + ['tests/*', 'ports/*', 'kernel/*', '<*>', '"*"']),
    ('tools/*', PUBLIC + ['tools/*', '<*>', '"*"']),
)
# Rooms that may use one port each, and never a second one.
ONE_PORT = ('kernel', 'examples', 'bench')
# The fake device has its own offsets: it reaches no wire header, not even
# through another header.
NO_WIRE = 'tests/fake/*'

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
COMMENT = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
ORDERING = re.compile(
    r'\b(__atomic_\w+|__sync_\w+|__c11_atomic_\w+|atomic_\w+|_Atomic|'
    r'__asm__|__asm|asm)\b')
# Written so that this file does not match itself.
UNWANTED = (
    (re.compile(r'(?<![\w./])/wor[k]/'), 'a path of one machine'),
    (re.compile(r'\.\./share[d]/'), 'a path outside of the tree'),
    (re.compile(r'\bissue [#]\d|\bissues show [0-9]'), 'an issue by number'),
    (re.compile(r'\b(TOD[O]|FIXM[E]|XX[X])\b'), 'work left undone'),
)
SPDX = 'SPDX-License-Identifier: MIT'
C_FILES = ('.c', '.h', '.S')
SPDX_FILES = C_FILES + ('.py', '.sh', '.cmake', '.ld', '.lds', '.tsv',
                        'CMakeLists.txt', '.ci/run')
WIDTH_FILES = C_FILES + ('.py', '.sh', '.ld', '.lds', '.ci/run')


class Tree:
    """The project's files: what git knows or would add, else all of them."""

    def __init__(self, root):
        self.root = root
        self.paths = sorted(self.from_git() or self.from_disk())
        self.texts = {}

    def from_git(self):
        if not os.path.exists(os.path.join(self.root, '.git')):
            return None
        try:
            listed = subprocess.run(
                ['git', 'ls-files', '-z', '--cached', '--others',
                 '--exclude-standard'], cwd=self.root, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            return None
        names = listed.stdout.decode().split('\0')
        return {name for name in names if name and
                os.path.isfile(os.path.join(self.root, name))}

    def from_disk(self):
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders
                          if name not in ('.git', 'build', '__pycache__')]
            found += [os.path.relpath(os.path.join(folder, name), self.root)
                      for name in names]
        return found

    def text(self, path):
        """A file's text; bytes that are no UTF-8 become U+FFFD."""
        if path not in self.texts:
            with open(os.path.join(self.root, path), 'rb') as file:
                self.texts[path] = file.read().decode('utf-8', 'replace')
        return self.texts[path]

    def ending(self, *endings):
        """The paths that end so."""
        return [path for path in self.paths if path.endswith(endings)]

    def matching(self, *patterns):
        """The paths that fit one of these patterns."""
        return [path for path in self.paths
                if any(fnmatch.fnmatchcase(path, p) for p in patterns)]


def without_comments(text):
    """The text with comments and strings blanked, lines where they were."""
    return COMMENT.sub(
        lambda found: re.sub(r'[^\n]', ' ', found.group()), text)


def includes(tree, path):
    """Yield (line number, target): a path of the tree, '<x>' or '"x"'."""
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, resolve(tree, path, *found.groups())


def resolve(tree, path, quote, name):
    """Find what an #include means, as the compiler would."""
    if quote == '<':
        if name.split('/')[0] in ('levitate', 'levitate.h'):
            return f'include/{name}'
        return name if name in tree.paths else f'<{name}>'
    for folder in (os.path.dirname(path), '', 'tests', 'kernel', 'include'):
        target = os.path.normpath(os.path.join(folder, name))
        if target in tree.paths:
            return target
    return f'"{name}"'


def own_name(path):
    """What {name} stands for in the rule of this file."""
    parts = path.split('/')
    if parts[0] == 'ports':
        return parts[1]
    return re.split(r'[_.]', parts[-1])[0]


def allowed_includes(path):
    """The patterns this file may include, or None if it has no room."""
    for pattern, allowed in MAY_INCLUDE:
        if fnmatch.fnmatchcase(path, pattern):
            return [p.replace('{name}', own_name(path)) for p in allowed]
    return None


def check_includes(tree):
    """Who may include whom."""
    complaints = []
    for path in tree.ending(*C_FILES):
        allowed = allowed_includes(path)
        if allowed is None:
            complaints.append(f'{path}:1: belongs to no room')
            continue
        for number, target in includes(tree, path):
            if not any(fnmatch.fnmatchcase(target, p) for p in allowed):
                complaints.append(f'{path}:{number}: may not include {target}')
    return complaints + check_one_port(tree) + check_no_wire(tree)


def check_one_port(tree):
    """A room that uses a port uses one."""
    complaints = []
    for room in ONE_PORT:
        seen = {}
        for path in tree.matching(f'{room}/*'):
            if path.endswith(C_FILES):
                for number, target in includes(tree, path):
                    if target.startswith('ports/'):
                        port = target.split('/')[1]
                        seen.setdefault(port, f'{path}:{number}')
        if len(seen) > 1:
            complaints += [f'{place}: port {port} beside another one'
                           for port, place in sorted(seen.items())]
    return complaints


def check_no_wire(tree):
    """The fake device knows the standard from the standard alone."""
    complaints = []
    for path in tree.matching(NO_WIRE):
        if not path.endswith(C_FILES):
            continue
        seen, todo = {path}, [path]
        while todo:
            for _, target in includes(tree, todo.pop()):
                if target in tree.paths and target not in seen:
                    seen.add(target)
                    todo.append(target)
        complaints += [f'{path}:1: reaches {target}' for target in sorted(seen)
                       if target.startswith('include/levitate/wire/')]
    return complaints


def check_ordering(tree):
    """Fences and atomics stand in one header (and its architectures')."""
    complaints = []
    for path in tree.matching('src/*', 'include/*'):
        if fnmatch.fnmatchcase(path, 'src/core/order*.h'):
            continue
        code = without_comments(tree.text(path))
        for number, line in enumerate(code.splitlines(), 1):
            found = ORDERING.search(line)
            if found:
                complaints.append(f'{path}:{number}: {found.group()}')
    return complaints


def check_unique_names(tree):
    """src/*/*.c compiles into one folder: no two files of one name."""
    seen = {}
    complaints = []
    for path in tree.matching('src/*.c'):
        first = seen.setdefault(os.path.basename(path), path)
        if first != path:
            complaints.append(f'{path}:1: the same name as {first}')
    return complaints


def check_spdx(tree):
    """The licence on the first line, or the second after a #!."""
    complaints = []
    for path in tree.ending(*SPDX_FILES):
        lines = tree.text(path).split('\n', 2)
        place = 1 if lines[0].startswith('#!') else 0
        if SPDX not in ''.join(lines[place:place + 1]):
            complaints.append(f'{path}:{place + 1}: no {SPDX}')
    return complaints


def check_width(tree):
    """80 columns, tabs of 8."""
    return [f'{path}:{number}: {len(line.expandtabs(8))} columns'
            for path in tree.ending(*WIDTH_FILES)
            for number, line in enumerate(tree.text(path).split('\n'), 1)
            if len(line.expandtabs(8)) > MAX_COLUMNS]


def check_function_length(tree):
    """No function of more than 60 lines between its braces.

    clang-format puts a function's braces, and no others, alone in the first
    column.
    """
    complaints = []
    for path in tree.ending('.c', '.h'):
        start = None
        for number, line in enumerate(tree.text(path).split('\n'), 1):
            if line == '{':
                start = number
            elif line == '}' and start:
                if number - start - 1 > MAX_FUNCTION_LINES:
                    complaints.append(f'{path}:{start}: a function of '
                                      f'{number - start - 1} lines')
                start = None
    return complaints


def check_file_length(tree):
    """No source file of 800 lines or more."""
    return [f'{path}:1: {count} lines'
            for path in tree.ending(*C_FILES, '.py')
            for count in [tree.text(path).count('\n')]
            if count >= MAX_FILE_LINES]


def check_unwanted(tree):
    """Nothing that means something only where it was written."""
    complaints = []
    for path in tree.paths:
        for number, line in enumerate(tree.text(path).split('\n'), 1):
            complaints += [f'{path}:{number}: {what}'
                           for pattern, what in UNWANTED
                           if pattern.search(line)]
    return complaints


def check_python(tree):
    """Every Python file is one that Python 3.9 can read."""
    complaints = []
    for path in tree.ending('.py'):
        try:
            ast.parse(tree.text(path), path, feature_version=(3, 9))
        except SyntaxError as error:
            complaints.append(f'{path}:{error.lineno}: {error.msg}')
    return complaints


CHECKS = {
    'include law': check_includes,
    'fences and atomics in order.h alone': check_ordering,
    'file names unique in src': check_unique_names,
    'SPDX line': check_spdx,
    '80 columns': check_width,
    'functions of at most 60 lines': check_function_length,
    'files under 800 lines': check_file_length,
    'unwanted words': check_unwanted,
    'Python 3.9 reads every script': check_python,
}
