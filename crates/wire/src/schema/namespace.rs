//! The namespace of a packaged installation. Inside the bridge names have none; this file takes it
//! off what comes in and puts it on what we ask for.

/// A package namespace, or none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Namespace(Option<String>);

impl Namespace {
    /// `None` or an empty word mean an installation without a namespace.
    pub fn new(namespace: Option<&str>) -> Self {
        Self(namespace.filter(|word| !word.is_empty()).map(|word| format!("{word}__")))
    }

    /// `ns__Chime_Command__e` → `Chime_Command__e`. Names of others pass unchanged.
    pub fn strip<'a>(&self, name: &'a str) -> &'a str {
        let Some(prefix) = &self.0 else { return name };
        match name.split_at_checked(prefix.len()) {
            // `ns__c` is a field called `ns`, not a field `c` of the package.
            Some((head, rest)) if head.eq_ignore_ascii_case(prefix) && rest.contains("__") => rest,
            _ => name,
        }
    }

    /// `Chime_Command__e` → `ns__Chime_Command__e`. Standard names pass unchanged.
    pub fn add(&self, name: &str) -> String {
        match &self.0 {
            Some(prefix) if name.contains("__") => format!("{prefix}{name}"),
            _ => name.to_string(),
        }
    }

    /// `/event/Chime_Command__e` → `/event/ns__Chime_Command__e`.
    pub fn add_to_topic(&self, topic: &str) -> String {
        match topic.rsplit_once('/') {
            Some((folder, name)) => format!("{folder}/{}", self.add(name)),
            None => self.add(topic),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_comes_off_our_names_only() {
        let packaged = Namespace::new(Some("chime"));
        assert_eq!(packaged.strip("chime__Chime_Command__e"), "Chime_Command__e");
        assert_eq!(packaged.strip("CHIME__Subject__c"), "Subject__c");
        assert_eq!(packaged.strip("other__Subject__c"), "other__Subject__c");
        assert_eq!(packaged.strip("Subject__c"), "Subject__c");
        assert_eq!(packaged.strip("chime__c"), "chime__c");
        assert_eq!(packaged.strip("é"), "é");
        assert_eq!(Namespace::new(None).strip("chime__Subject__c"), "chime__Subject__c");
        assert_eq!(Namespace::new(Some("")), Namespace::new(None));
    }

    #[test]
    fn the_namespace_goes_onto_custom_names_and_topics() {
        let packaged = Namespace::new(Some("chime"));
        assert_eq!(
            packaged.add_to_topic("/event/Chime_Command__e"),
            "/event/chime__Chime_Command__e"
        );
        assert_eq!(packaged.add("Account"), "Account");
        assert_eq!(
            Namespace::new(None).add_to_topic("/data/Chime_Bridge__chn"),
            "/data/Chime_Bridge__chn"
        );
    }
}
