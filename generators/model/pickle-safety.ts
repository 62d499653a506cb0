import type { Warning } from '../problem.ts'
import type { Pickle } from './pickle.ts'
import { Unreadable } from './unreadable.ts'

/** What scikit-learn, joblib, LightGBM and XGBoost write by themselves. */
const KNOWN = [
  /^sklearn\.(?!datasets\.|utils\._testing|externals\._?arff)/,
  /^_loss\./, // sklearn's own Cython module, 1.5 to 1.8
  /^numpy\.(_core|core)\.multiarray\.(_reconstruct|scalar)$/,
  /^numpy\.(_core|core)\.numeric\._frombuffer$/,
  /^numpy\.(ndarray|dtype|matrix|bool_?|u?int(8|16|32|64|p|c)?|float(16|32|64)?|complex(64|128)?|str_|bytes_|object_|longlong|nan|datetime64|timedelta64)$/,
  /^numpy\.dtypes\.\w+$/,
  // What FunctionTransformer and TransformedTargetRegressor are given, and what make_column_selector asks.
  /^numpy\.(log(1p|2|10)?|exp(m1|2)?|sqrt|cbrt|square|abs(olute)?|reciprocal|sin|cos|tan|tanh|number|integer|floating)$/,
  /^numpy\.ma\.(core\.)?\w+$/,
  /^numpy\.random\.(_pickle|_pcg64|_mt19937|_philox|_sfc64|bit_generator|mtrand|_generator)\./,
  /^joblib\.numpy_pickle\.NumpyArrayWrapper$/,
  /^(builtins|__builtin__)\.(slice|bytearray|bytes|set|frozenset|object|list|dict|tuple|int|float|complex|str|bool|range)$/,
  /^collections\.(OrderedDict|defaultdict)$/,
  /^functools\.partial$/, // in histogram boosting of categories; what it calls is judged by its own name
  /^_codecs\.encode$/,
  /^copy_?reg\.(_reconstructor|__newobj__|__newobj_ex__)$/,
  /^(lightgbm|xgboost)\./,
  /^scipy\.sparse\./,
]

// biome-ignore format: a list of words
/** Whoever names one of these wants to run something on the machine that loads the file. */
const DANGEROUS_MODULES = new Set([
  'os', 'posix', 'nt', 'posixpath', 'ntpath', 'sys', 'subprocess', 'shutil', 'socket', 'pty', 'ctypes', 'importlib', 'runpy',
  'code', 'codeop', 'commands', 'webbrowser', 'asyncio', 'multiprocessing', '_thread', 'signal', 'pickle', '_pickle',
  'marshal', 'pdb', 'bdb', 'cProfile', 'profile', 'timeit', 'pydoc', 'doctest', 'idlelib', 'ensurepip',
  'pip', 'setuptools', 'distutils', 'venv', 'http', 'httplib', 'urllib', 'urllib2', 'urllib3', 'requests', 'aiohttp', 'httpx',
  'ftplib', 'smtplib', 'telnetlib', 'ssl', 'fileinput', 'gc', 'atexit', 'sysconfig', 'site', 'zipimport',
  'imp', 'pkgutil', 'xmlrpc', 'socketserver', 'cffi',
])

// biome-ignore format: a list of words
const DANGEROUS_NAMES = new Set([
  'eval', 'exec', 'execfile', 'compile', 'open', '__import__', 'getattr', 'setattr', 'delattr', 'globals', 'locals', 'vars', 'dir',
  'input', 'breakpoint', 'apply', 'system', 'popen', 'Popen', 'spawn', 'fork', 'attrgetter', 'methodcaller', 'runstring', 'rundocs',
  'exec_command', 'import_module', 'check_output', '__globals__', '__builtins__', '__dict__', '__class__', '__subclasses__', '__code__',
  '__getattribute__', '__reduce__', '__reduce_ex__', '__call__', '__loader__', '__spec__', 'memmap', 'fromfile', 'load_library',
  'FileIO', 'open_code', 'load', 'loads', 'read_pickle', '_import_module', '_eval_repr', 'loadGrammar',
])

// biome-ignore format: a list of words
/** Not the user's own: the standard library, and packages that models commonly come with. */
const PACKAGES = new Set([
  'types', 'inspect', 'threading', 'tempfile', 'io', '_io', 'platform', 'uuid', 'concurrent', 'dill',
  'builtins', '__builtin__', 'collections', 'functools', 'itertools', 'operator', 'copyreg', 'copy_reg', 'datetime', 'decimal',
  'fractions', 'math', 'random', 're', '_sre', 'string', 'pathlib', 'enum', 'typing', 'copy', 'numbers', 'abc', 'dataclasses',
  'statistics', 'array', 'weakref', 'warnings', 'logging', 'json', 'time', '_codecs', 'codecs', 'unittest', 'zoneinfo', 'heapq',
  'numpy', 'pandas', 'scipy', 'sklearn', 'joblib', 'imblearn', 'category_encoders', 'statsmodels', 'feature_engine', 'mlxtend',
  'skopt', 'hdbscan', 'umap', 'sklearn_pandas', 'nltk', 'spacy', 'torch', 'torchvision', 'tensorflow', 'keras', 'transformers',
  'cloudpickle', 'catboost', 'lightgbm', 'xgboost', 'pyarrow', 'polars', 'dask', 'patsy', 'shap', 'interpret', 'skl2onnx', 'onnx',
  'sentence_transformers', 'gensim', 'prophet', 'lifelines', 'sktime', 'tslearn', 'pmdarima', 'skorch', 'boruta', 'optuna',
  'sklego', 'econml', 'pytz', 'dateutil', 'PIL', 'cv2', 'skimage', 'networkx', 'tqdm', 'yaml', 'river', 'ngboost', 'pycaret',
  'threadpoolctl', 'cython', 'numba', 'sklearn_crfsuite', 'fasttext', 'flaml', 'autogluon', 'tpot', 'h2o', 'mapie', 'pyod',
  'array_api_compat', 'copyreg_extension', 'cupy', 'cuml', 'daal4py', 'sklearnex', 'rpy2', 'pygam', 'dtreeviz', 'lime', 'mlflow',
])

/** The name of a library that is well known, or of a module of Python's own. */
export function isLibrary(name: string): boolean {
  return PACKAGES.has(name) || DANGEROUS_MODULES.has(name)
}

export interface Verdict {
  readonly warnings: Warning[]
  readonly ownModules: string[]
}

/** Every name in the file is judged, not the root's alone: a real LogisticRegression can hold os.system as an attribute. */
export function judge({ globals, hidesItsCalls }: Pickle): Verdict {
  const dangerous = [...globals].filter(isDangerous)
  if (dangerous.length > 0 || hidesItsCalls) {
    throw new Unreadable(
      dangerous.length > 0
        ? `would run ${shown(dangerous)} when it is loaded: it is an attack, or was not made by a model library`
        : 'hides what it would call when it is loaded: it is an attack, or was not made by a model library',
      'Do not load this file. Get the model from somebody whom you trust, or as ONNX, which runs nothing.',
      'dangerous-pickle',
    )
  }
  const others = [...globals].filter((name) => !KNOWN.some((pattern) => pattern.test(name)))
  const own = others.filter((name) => !PACKAGES.has(name.split('.', 1)[0] ?? ''))
  const ownModules = [...new Set(own.map((name) => name.slice(0, name.lastIndexOf('.'))))]
  const warnings: Warning[] = []
  if (others.length > 0) {
    warnings.push({
      code: 'pickle-globals',
      message: `Loading this pickle imports names outside the known libraries: ${shown(others)}. Load only what you trust.`,
    })
  }
  if (own.length > 0) {
    warnings.push({
      code: 'needs-code',
      message: `The model holds objects of your own code: ${shown(own)}. Bring it along with --code PATH.`,
    })
  }
  return { warnings, ownModules }
}

/** A dotted name reaches through a module: `sklearn.utils.os.system` is os.system. */
function isDangerous(name: string): boolean {
  const [root = '', ...rest] = name.split('.')
  if (DANGEROUS_MODULES.has(root)) return true
  if (root === 'numpy' && /^(f2py|testing|distutils)$/.test(rest[0] ?? '')) return true
  if (rest.some((part) => DANGEROUS_NAMES.has(part))) return true
  const inner = rest.slice(0, -1)
  return inner.some((part) => REACHED_MODULES.has(part)) || REACHED_MODULES.has(rest.at(-1) ?? '')
}

const REACHED_MODULES = new Set([
  'os',
  'posix',
  'nt',
  'sys',
  'subprocess',
  'builtins',
  '__builtin__',
  'shutil',
  'socket',
  'ctypes',
  'importlib',
  'runpy',
  'pty',
  'pickle',
  'marshal',
])

function shown(names: readonly string[]): string {
  const some = names.slice(0, 12).map((name) => name.slice(0, 100))
  return names.length > some.length
    ? `${some.join(', ')} and ${names.length - some.length} more`
    : some.join(', ')
}
