//! How the command is linked where the system is Linux with glibc: for a start that costs little.

use std::env::var;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| var(name).is_ok_and(|found| found == value);
    if !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") {
        return;
    }
    // At a fixed address nothing needs to be relocated: a third of an empty command's time otherwise, for its tables are
    // large. Stack, heap and libraries still lie anywhere. OPA's binary is linked so, too.
    println!("cargo:rustc-link-arg-bins=-no-pie");
    // Unwinding from the archive, where the compiler has it, instead of one library more to load.
    if var("HOST") == var("TARGET")
        && let Ok(said) = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output()
        && let Some(folder) = Path::new(String::from_utf8_lossy(&said.stdout).trim()).parent()
        && folder.is_absolute()
    {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static=gcc_eh");
    }
}
