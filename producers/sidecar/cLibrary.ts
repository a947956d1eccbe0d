/** The C library's functions, bound through koffi. Only posix.ts calls them. */
import { createRequire } from 'node:module';

/** The part of koffi used by the sidecar. */
export interface Koffi {
  load(path: null): { func(definition: string): unknown };
  address(value: Uint8Array): bigint;
  errno(): number;
}

type Call<Args extends readonly unknown[]> = (...args: Args) => number;

/** The C functions used; null where this C library has none. Structures travel as their bytes. */
export interface Functions {
  spawn: Call<
    [pid: number[], path: Uint8Array, actions: Uint8Array, attributes: Uint8Array, argv: Uint8Array, env: Uint8Array]
  >;
  attrInit: Call<[Uint8Array]>;
  attrDestroy: Call<[Uint8Array]>;
  attrSetFlags: Call<[Uint8Array, number]>;
  attrSetMask: Call<[Uint8Array, Uint8Array]>;
  attrSetDefault: Call<[Uint8Array, Uint8Array]>;
  actionsInit: Call<[Uint8Array]>;
  actionsDestroy: Call<[Uint8Array]>;
  actionsAddDup2: Call<[Uint8Array, number, number]>;
  actionsAddChdir: Call<[Uint8Array, string]> | null;
  wait4: Call<[pid: number, status: number[], options: number, rusage: Uint8Array]>;
  fcntl: Call<[fd: number, command: number, value: number]>;
  getrlimit: Call<[resource: number, limit: Uint8Array]>;
  setrlimit: Call<[resource: number, limit: Uint8Array]>;
  signal: Call<[signalNumber: number, handler: number]>;
  prctl: Call<[option: number, a: number, b: number, c: number, d: number]>;
}

/** Loads koffi (some 10 ms). */
export function loadCLibrary(): { koffi: Koffi; functions: Functions } {
  const koffi = createRequire(__filename)('koffi') as Koffi;
  return { koffi, functions: declareFunctions(koffi) };
}

/** How each function is declared in C. */
const declarations: Readonly<Record<keyof Functions, string>> = {
  spawn: 'int posix_spawn(_Out_ int *pid, void *path, void *actions, void *attributes, void *argv, void *envp)',
  attrInit: 'int posix_spawnattr_init(void *attributes)',
  attrDestroy: 'int posix_spawnattr_destroy(void *attributes)',
  attrSetFlags: 'int posix_spawnattr_setflags(void *attributes, short flags)',
  attrSetMask: 'int posix_spawnattr_setsigmask(void *attributes, void *set)',
  attrSetDefault: 'int posix_spawnattr_setsigdefault(void *attributes, void *set)',
  actionsInit: 'int posix_spawn_file_actions_init(void *actions)',
  actionsDestroy: 'int posix_spawn_file_actions_destroy(void *actions)',
  actionsAddDup2: 'int posix_spawn_file_actions_adddup2(void *actions, int fd, int newfd)',
  // glibc has it since 2.29, musl since 1.1.24.
  actionsAddChdir: 'int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)',
  wait4: 'int wait4(int pid, _Out_ int *status, int options, void *rusage)',
  // fcntl and prctl are variadic in C; on Linux's 64-bit ABIs integer arguments travel the same way.
  fcntl: 'int fcntl(int fd, int command, long value)',
  getrlimit: 'int getrlimit(int resource, void *limit)',
  setrlimit: 'int setrlimit(int resource, void *limit)',
  signal: 'intptr_t signal(int signum, intptr_t handler)',
  prctl: 'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
};

/** The functions, each bound when it is first asked for: binding one takes longer than most calls of it. */
function declareFunctions(koffi: Koffi): Functions {
  const library = koffi.load(null);
  const functions = {};
  for (const [name, declaration] of Object.entries(declarations)) {
    Object.defineProperty(functions, name, {
      configurable: true,
      get: () => {
        const value = name === 'actionsAddChdir' ? boundIfPresent(library, declaration) : library.func(declaration);
        Object.defineProperty(functions, name, { value });
        return value;
      },
    });
  }
  return functions as Functions;
}

function boundIfPresent(library: ReturnType<Koffi['load']>, declaration: string): unknown {
  try {
    return library.func(declaration);
  } catch {
    return null;
  }
}
