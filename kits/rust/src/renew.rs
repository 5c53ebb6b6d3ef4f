//! What a snapshot after `wws_init` has frozen and this crate makes anew in each instance.
//!
//! *The environment.* wasi-libc reads it when it is first asked for, and can be told to forget it.
//!
//! *The seeds of hash maps.* The standard library asks for random bytes when the first `RandomState` is made, keeps them,
//! and counts the first half up for each further one. In a snapshot all instances would have the same, which who chooses
//! keys might find out and use. There is no function to renew them, so their place in memory is looked for: the number that
//! counts up in step. Before anything is written there, changing it must have been seen to change what the next
//! `RandomState` holds; where that does not succeed, the seeds stay. Maps that exist keep their seeds, as they must.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn prepare() {}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn renew(_: &impl crate::host::Host) {}

#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::{prepare, renew};

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::cell::Cell;
    use std::hash::RandomState;
    use std::ops::Range;
    use std::ptr;

    use crate::host::Host;

    thread_local! {
        /// The addresses of the seeds that the next `RandomState` gets: the half that counts, and the other. `None`:
        /// not found.
        static SEEDS: Cell<[Option<usize>; 2]> = const { Cell::new([None; 2]) };
    }

    /// The end of `wws_init`.
    pub(crate) fn prepare() {
        if let Some(places) = find() {
            SEEDS.set(places);
        }
    }

    /// An instance begins.
    pub(crate) fn renew(host: &impl Host) {
        #[cfg(target_os = "wasi")]
        {
            unsafe extern "C" {
                fn __wasilibc_deinitialize_environ();
            }
            // SAFETY: nobody holds what it frees: std::env copies.
            unsafe { __wasilibc_deinitialize_environ() };
        }
        let mut random = [0; 16];
        let places = SEEDS.get();
        if places[0].is_none() || host.random(&mut random) != 0 {
            return;
        }
        let number = u128::from_le_bytes(random);
        for (place, half) in places.into_iter().zip([number as u64, (number >> 64) as u64]) {
            if let Some(address) = place {
                write(address, half);
            }
        }
    }

    fn find() -> Option<[Option<usize>; 2]> {
        let (first, second) = (next()?, next()?);
        let counting = (0..2).find(|half| second[*half] == first[*half].wrapping_add(1))?;
        // What the third will get is in memory now, and changes in step with what is given out.
        let mut candidates = [0; 16];
        let mut count = 0;
        for address in data().step_by(8) {
            if read(address) == second[counting].wrapping_add(1) {
                *candidates.get_mut(count)? = address;
                count += 1;
            }
        }
        let third = next()?;
        let mut moved = candidates[..count].iter().filter(|address| read(**address) == third[counting].wrapping_add(1));
        let counter = *moved.next()?;
        if moved.next().is_some() || !decides(counter, counting) {
            return None;
        }
        let neighbours = [counter.wrapping_sub(8), counter + 8];
        let other = neighbours.into_iter().find(|address| {
            data().contains(address) && read(*address) == third[1 - counting] && decides(*address, 1 - counting)
        });
        Some([Some(counter), other])
    }

    /// Whether the number at an address is what the next `RandomState` holds. If it is not, it stays as it was.
    fn decides(address: usize, half: usize) -> bool {
        let (before, probe) = (read(address), !read(address));
        write(address, probe);
        let decides = next().is_some_and(|seeds| seeds[half] == probe);
        if !decides {
            write(address, before);
        }
        decides
    }

    /// The seeds of a new `RandomState`. `None`: it is not two numbers any more.
    fn next() -> Option<[u64; 2]> {
        let state = RandomState::new();
        // SAFETY: it is of this size, and every value of it is one of two numbers.
        (size_of_val(&state) == 16).then(|| unsafe { std::mem::transmute_copy(&state) })
    }

    /// The places for numbers among the static variables, where a thread's variables are too: there are no threads.
    fn data() -> Range<usize> {
        unsafe extern "C" {
            static __global_base: u8;
            static __data_end: u8;
        }
        let (start, end) = ((&raw const __global_base).addr(), (&raw const __data_end).addr());
        start.next_multiple_of(8)..end & !7
    }

    fn read(address: usize) -> u64 {
        // SAFETY: within the static variables and aligned. Others see nothing of a read.
        unsafe { ptr::with_exposed_provenance::<u64>(address).read_volatile() }
    }

    fn write(address: usize, number: u64) {
        // SAFETY: as above. The number there was seen to be the standard library's seed, or is put back at once.
        unsafe { ptr::with_exposed_provenance_mut::<u64>(address).write_volatile(number) }
    }
}
