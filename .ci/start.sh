# Starts a daemon with the sample music and opens the app: `make run`.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. .ci/install.sh

port=${PORT:-9000}
state="${XDG_DATA_HOME:-$HOME/.local/share}/parlour-sample"
target=${CARGO_TARGET_DIR:-target}
has_display() { [ -n "${WAYLAND_DISPLAY:-}${DISPLAY:-}" ]; }
# Tells whether something takes connections on the port.
is_open() { (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

! is_open ||
    fail "Something listens on port $port already. End it, or choose another port: make run PORT=$((port + 1))"

install_packages "${build_packages[@]}" "${app_packages[@]}"
install_rust
say "Building."
cargo build --release --workspace

# Other machines are let in only where there is no window here.
address=127.0.0.1
has_display || address=0.0.0.0
mkdir -p "$state"
cat >"$state/parlourd.toml" <<CONFIG
name = "Sample"
listen = "$address:$port"
bank = "$PWD/data/bank"
data_dir = "$state/store"

# No mail server is needed to try a forgotten password: its code is in the log.
[mail]
transport = "log"
CONFIG

daemon=
# Ends the daemon by its process id and waits until its records are closed.
end_daemon() {
    [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null && wait "$daemon" || true; }
    daemon=
}
trap end_daemon EXIT
trap 'exit 130' INT TERM

log="$state/parlourd.log"
env -u RUST_LOG "$target/release/parlourd" serve --config "$state/parlourd.toml" 2>"$log" &
daemon=$!
until grep -q "listening on" "$log"; do
    kill -0 "$daemon" 2>/dev/null || fail "The daemon did not start. This is what it said:
$(cat "$log")"
    sleep 0.1
done

# While there is no admin, the log tells the code that makes one.
setup_code=$(sed -n 's/.*setup code makes one: \([0-9A-Z-]*\).*/\1/p' "$log")
[ -z "$setup_code" ] || say "Setup code: $setup_code
It makes you the admin: choose \"Create an Account\" in the app, then \"I have a code\"."

if has_display; then
    say "The daemon listens on $address:$port; its log is $log. Close the window to end it.
A code for a forgotten password is not mailed but written there:  grep 'the code for' $log"
    "$target/release/parlour" --server "127.0.0.1:$port"
else
    say "There is no display here, so only the daemon runs; its log is $log.
A code for a forgotten password is not mailed but written there:  grep 'the code for' $log
To connect, start the app on a machine with a desktop and type as the server one of:"
    hostname -I 2>/dev/null | tr ' ' '\n' | sed "/^$/d; /:/d; s/.*/    &:$port/"
    echo "The connection is not encrypted: over a network you do not trust, use a tunnel. Ctrl+C ends the daemon."
    wait "$daemon"
fi
