//! What a file is, by its content; pictures made anew without what hides in them.
