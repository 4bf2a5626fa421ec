# What the other scripts install, on Debian 12 or newer. To be sourced.
# Nothing is asked, and nothing is done where everything is there already.

build_packages=(build-essential pkg-config curl ca-certificates libgtk-4-dev libadwaita-1-dev)
app_packages=(librsvg2-common adwaita-icon-theme fonts-cantarell fonts-noto-core fonts-noto-cjk dbus at-spi2-core)
test_packages=(xvfb imagemagick xdotool openssl python3 python3-aiosmtpd python3-msgpack desktop-file-utils appstream strace gnome-keyring)

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf '\n%s\n' "$*" >&2
    exit 1
}

# Installs those of the named packages that are missing.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "This is no Debian: the packages are taken to be there ($*)."
        return
    fi
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "Please install as root, then try again: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing ${missing[*]}."
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}"
}

# Makes sure that cargo is there and new enough, with what it needs to check the style.
install_rust() {
    local wanted have
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    have=$(cargo --version 2>/dev/null | cut -d ' ' -f 2 || true)
    if [ "$(printf '%s\n' "$wanted" "${have:-0}" | sort -V | head -n 1)" != "$wanted" ]; then
        if command -v rustup >/dev/null; then
            say "Updating Rust ${have:-(none)} to $wanted or newer."
            rustup toolchain install stable --profile minimal
        else
            say "Installing Rust."
            curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --no-modify-path
        fi
        # A newer cargo than an older one that stands first in the path.
        export RUSTUP_TOOLCHAIN=stable
        hash -r
    fi
    if [ "${1:-}" = with_checks ] && ! { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then
        command -v rustup >/dev/null || fail "Please install rustfmt and clippy for $(cargo --version), then try again."
        rustup component add rustfmt clippy
    fi
}
