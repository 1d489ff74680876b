//! Documentation before it has a form.

/// A page.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it is about.
    pub title: String,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// A heading and what stands under it.
#[derive(Clone, Debug)]
pub struct Section {
    /// 2 for a part of the page, 3 for a part of that, and so on.
    pub level: u8,
    /// The heading.
    pub heading: String,
    /// What stands under it, in order.
    pub blocks: Vec<Block>,
}

/// A piece of a section. In its texts, what stands between backquotes is code.
#[derive(Clone, Debug)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A piece of a policy.
    Code(String),
    /// A list of texts.
    List(Vec<String>),
    /// A table: the heads of its columns, and its rows.
    Table(Vec<&'static str>, Vec<Vec<String>>),
}
