//! Builds libln from vendor/, or with the feature `system` asks pkg-config for the one of the system.

fn main() {
    println!("cargo:rerun-if-changed=vendor");
    #[cfg(feature = "system")]
    pkg_config::Config::new()
        .atleast_version(env!("CARGO_PKG_VERSION"))
        .probe("ln")
        .expect("feature `system`: pkg-config knows no libln that is as new as this crate");
    #[cfg(not(feature = "system"))]
    vendored();
}

/// No flag of libln's own is needed: its sources say in pragmas what they are compiled for.
#[cfg(not(feature = "system"))]
fn vendored() {
    let mut sources: Vec<_> = std::fs::read_dir("vendor")
        .expect("there is no vendor/: in a checkout of libln run bindings/rust/prepare first")
        .map(|entry| entry.expect("vendor/ cannot be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    sources.sort();
    let folder = std::env::current_dir().expect("no current folder").join("vendor");
    println!("cargo:include={}", folder.display());
    // A debug build of a Rust program would otherwise make the kernels ten times slower.
    cc::Build::new().files(sources).opt_level(2).compile("ln");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "unix") {
        println!("cargo:rustc-link-lib=m");
    }
}
