PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE authors (
	id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	email VARCHAR(100) NOT NULL, 
	bio VARCHAR(500), 
	PRIMARY KEY (id), 
	UNIQUE (email)
);
CREATE TABLE books (
	id INTEGER NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	isbn VARCHAR(13) NOT NULL, 
	published DATE, 
	pages INTEGER, 
	rating FLOAT, 
	author_id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(author_id) REFERENCES authors (id) ON DELETE CASCADE
);
CREATE INDEX ix_authors_id ON authors (id);
CREATE INDEX ix_books_title ON books (title);
CREATE INDEX ix_books_id ON books (id);
CREATE UNIQUE INDEX ix_books_isbn ON books (isbn);
COMMIT;
