//! Promise: the emulator is not only our own reading of the vendors' documents. Clients others
//! wrote talk to it over its real ports and understand it, and the bridge's own calls are
//! understood by an AWS others wrote.

mod boto;
mod clients;
mod moto;
mod node;
mod python;
mod sf;
