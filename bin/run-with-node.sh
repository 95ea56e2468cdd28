# Sourced by bin/keelson and 3700kvstore, which set $root to the directory of the package.

# run_with_node NAME PROGRAM ARGUMENT...: becomes Node >= 24 running PROGRAM, a path below src/ (a clone) or dist/ (a package).
# Uses the clone's own Node, else the one on PATH. `exec` leaves no process in between: a signal to this process reaches the program.
# Other commands are avoided: a course run starts five replicas at once.
run_with_node() {
  name=$1
  program=$2
  shift 2
  node=$root/node_modules/node/bin/node
  if [ ! -x "$node" ]; then
    node=node
    version=$(node --version 2>/dev/null)
    major=${version#v}
    major=${major%%.*}
    if [ "${major:-0}" -lt 24 ]; then
      found=${version:-none}
      if [ -d "$root/src" ]; then advice="run 'npm run setup' in $root"; else advice="install Node 24"; fi
      echo "$name: needs Node 24 or newer, the node on PATH is $found: $advice" >&2
      exit 1
    fi
  fi
  if [ -d "$root/src" ]; then
    # Keeps the compiled and type-stripped sources between runs; a cache that cannot be written is only slower.
    # Absolute, because programs that it starts in other directories inherit it.
    case $root in
      /*) cache=$root/node_modules/.cache/compile ;;
      *) cache=$PWD/$root/node_modules/.cache/compile ;;
    esac
    NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$cache}
    export NODE_COMPILE_CACHE
    exec "$node" "$root/src/$program.ts" "$@"
  fi
  exec "$node" "$root/dist/$program.js" "$@"
}
