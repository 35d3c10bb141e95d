//! The domain's promises, one file a story. `story` drives a meeting, `world` answers it, `model` is
//! the small second telling of the rules that `chaos` compares with.

mod acts;
mod chaos;
mod connections;
mod consent;
mod keeping;
mod late;
mod life;
mod loss;
mod model;
mod order;
mod people;
mod recording;
mod records;
mod sessions;
mod story;
mod world;
