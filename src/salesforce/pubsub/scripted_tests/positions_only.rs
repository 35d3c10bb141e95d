//! A store that knows positions and refuses all else: a subscription needs no more.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use crate::clock::Millis;
use crate::meeting::model::Meeting;
use crate::store::*;

pub struct Positions(pub Arc<Mutex<HashMap<String, Vec<u8>>>>);

fn no<T>() -> Result<T> {
    Err(StoreError::Held { location: "a test".into() })
}

#[async_trait::async_trait]
impl Store for Positions {
    async fn position(&self, topic: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().get(topic).cloned())
    }
    async fn begin(&self) -> Result<Box<dyn Tx>> {
        no()
    }
    async fn meeting(&self, _: &str) -> Result<Option<Meeting>> {
        no()
    }
    async fn open_meetings(&self, _: &str, _: u32) -> Result<Vec<String>> {
        no()
    }
    async fn final_meetings(&self, _: &str, _: u32) -> Result<Vec<String>> {
        no()
    }
    async fn linked(&self, _: &Link) -> Result<Option<String>> {
        no()
    }
    async fn due_effects(&self, _: Millis, _: u32, _: &HashSet<String>) -> Result<Vec<EffectRow>> {
        no()
    }
    async fn next_effect(&self) -> Result<Option<Millis>> {
        no()
    }
    async fn due_outbox(&self, _: Millis, _: u32, _: &HashSet<String>) -> Result<Vec<OutboxRow>> {
        no()
    }
    async fn next_outbox(&self) -> Result<Option<Millis>> {
        no()
    }
    async fn due_deadlines(&self, _: Millis, _: u32) -> Result<Vec<String>> {
        no()
    }
    async fn next_deadline(&self) -> Result<Option<Millis>> {
        no()
    }
    async fn secret(&self, _: &str) -> Result<Option<Vec<u8>>> {
        no()
    }
    async fn dead_letters(&self, _: bool, _: u32) -> Result<Vec<DeadLetter>> {
        no()
    }
    async fn dead_letter(&self, _: &str) -> Result<Option<DeadLetter>> {
        no()
    }
    async fn counts(&self) -> Result<Counts> {
        no()
    }
    async fn note(&self, _: &str) -> Result<Option<String>> {
        no()
    }
}
