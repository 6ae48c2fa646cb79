BEGIN TRANSACTION;
CREATE TABLE authors (
	id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	bio TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "authors" VALUES(1,'Ursula K. Le Guin','American author');
INSERT INTO "authors" VALUES(2,'Anonymous',NULL);
CREATE TABLE books (
	id INTEGER NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	isbn VARCHAR(17), 
	published_on DATE NOT NULL, 
	pages INTEGER, 
	author_id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(author_id) REFERENCES authors (id)
);
INSERT INTO "books" VALUES(1,'The Dispossessed','978-0-06-0512','1974-05-01',341,1);
INSERT INTO "books" VALUES(2,'Always Coming Home',NULL,'1985-10-01',NULL,1);
CREATE TABLE reviews (
	id INTEGER NOT NULL, 
	rating INTEGER NOT NULL, 
	comment TEXT NOT NULL, 
	book_id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(book_id) REFERENCES books (id)
);
INSERT INTO "reviews" VALUES(1,5,'twice',1);
INSERT INTO "reviews" VALUES(2,4,'',1);
CREATE INDEX ix_authors_id ON authors (id);
CREATE UNIQUE INDEX ix_authors_name ON authors (name);
CREATE INDEX ix_books_author_id ON books (author_id);
CREATE UNIQUE INDEX ix_books_isbn ON books (isbn);
CREATE INDEX ix_books_id ON books (id);
CREATE INDEX ix_reviews_id ON reviews (id);
CREATE INDEX ix_reviews_book_id ON reviews (book_id);
COMMIT;
