// A folder whose first source is not written: keeps its library linkable.
