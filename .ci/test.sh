# Builds everything and runs every test: `make test`.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. .ci/install.sh

install_packages "${build_packages[@]}" "${app_packages[@]}" "${test_packages[@]}"
install_rust with_checks

say "The form of the code."
cargo fmt --all --check
cargo clippy --workspace --all-targets -- -D warnings

say "The files that the desktop reads."
find data -name '*.desktop' -exec desktop-file-validate {} +
find data -name '*.metainfo.xml' -exec appstreamcli validate --no-net {} +

say "The tests."
cargo build --workspace # The tests of the app start the daemon that was built here.
cargo test --workspace --no-fail-fast
