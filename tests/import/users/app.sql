PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE users (
	id INTEGER NOT NULL, 
	email VARCHAR, 
	hashed_password VARCHAR, 
	is_active BOOLEAN, 
	PRIMARY KEY (id)
);
CREATE TABLE items (
	id INTEGER NOT NULL, 
	title VARCHAR, 
	description VARCHAR, 
	owner_id INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(owner_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX ix_users_email ON users (email);
CREATE INDEX ix_users_id ON users (id);
CREATE INDEX ix_items_title ON items (title);
CREATE INDEX ix_items_id ON items (id);
CREATE INDEX ix_items_description ON items (description);
COMMIT;
