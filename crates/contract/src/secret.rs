//! A value that may not leave by accident: it prints as `[secret]`, has no `Serialize`, and is
//! wiped when dropped. Writing one into a file is a named act (`expose`, `secret::exposed`).

use serde::{Deserialize, Deserializer, Serializer};
use zeroize::Zeroize;

/// A secret value. Compare with [`subtle`], never with `==`.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps a value; from here on it cannot be printed or serialized.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Each caller is a place where a secret may leak: keep them few.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Secret)
    }
}

/// For `#[serde(serialize_with = "secret::exposed")]` on the few files that must carry a secret.
pub fn exposed<S: Serializer>(value: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.expose())
}
