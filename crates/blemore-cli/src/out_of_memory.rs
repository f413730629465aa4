//! Memory that the system does not give: one line and exit code 1, in place of an abort with a backtrace.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Write};

/// The system's allocator, which ends the program when there is no memory left.
///
/// A program makes it its own: `#[global_allocator] static MEMORY: OrExit = OrExit;`.
#[derive(Debug)]
pub struct OrExit;

// SAFETY: every call is passed on to the system's allocator with the arguments that came, so its promises are kept. What it
// gives is passed back unless it is null, and then the program ends.
#[allow(unsafe_code, reason = "an allocator is an unsafe trait; this one only passes calls on")]
unsafe impl GlobalAlloc for OrExit {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the promises of `alloc`.
        or_exit(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the promises of `alloc_zeroed`.
        or_exit(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps the promises of `realloc`.
        or_exit(unsafe { System.realloc(pointer, layout, size) }, size)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the promises of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn or_exit(pointer: *mut u8, size: usize) -> *mut u8 {
    if pointer.is_null() {
        // Neither formatting a number nor stderr needs memory.
        let _ = writeln!(io::stderr(), "blemore: out of memory: the system did not give {size} bytes more");
        end();
    }
    pointer
}

/// Ends at once: what is done at the end of a program may need memory.
#[cfg(unix)]
fn end() -> ! {
    signal_hook::low_level::exit(1)
}

#[cfg(not(unix))]
fn end() -> ! {
    std::process::exit(1)
}
