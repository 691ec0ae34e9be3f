//! A document whose long lists are made while they are written: those of a large run would not fit into memory beside it.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A list that is made, one value after the other, each time it is written.
type Lazy<'a> = Box<dyn Fn() -> Box<dyn Iterator<Item = Value> + 'a> + 'a>;

/// A part of a document.
pub enum Node<'a> {
    /// All of it is there.
    Whole(Value),
    /// Named parts in order.
    Map(Vec<(&'a str, Node<'a>)>),
    /// Parts in order.
    List(Vec<Node<'a>>),
    /// Parts that are made when they are written.
    Lazy(Lazy<'a>),
}

impl<'a> Node<'a> {
    /// The members of the object `head`, and `more` after them.
    pub fn object(head: &'a Value, more: Vec<(&'a str, Node<'a>)>) -> Node<'a> {
        let head = head.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), Node::Whole(value.clone())));
        Node::Map(head.chain(more).collect())
    }

    /// The member `name`, a list; none when it would be empty, which OSCAL does not allow.
    pub fn list<I: Iterator<Item = Value> + 'a>(name: &'a str, make: impl Fn() -> I + 'a) -> Option<(&'a str, Node<'a>)> {
        make().next()?;
        Some((name, Node::Lazy(Box::new(move || Box::new(make())))))
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Whole(value) => value.serialize(serializer),
            Node::Map(parts) => serializer.collect_map(parts.iter().map(|(name, part)| (name, part))),
            Node::List(parts) => serializer.collect_seq(parts),
            Node::Lazy(make) => serializer.collect_seq(make()),
        }
    }
}
