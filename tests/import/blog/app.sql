PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE writers (
	id CHAR(32) NOT NULL, 
	email VARCHAR(120) NOT NULL, 
	role VARCHAR(6) NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE labels (
	id CHAR(32) NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE articles (
	id CHAR(32) NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	body TEXT NOT NULL, 
	published BOOLEAN NOT NULL, 
	views INTEGER NOT NULL, 
	writer_id CHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(writer_id) REFERENCES writers (id)
);
CREATE TABLE article_labels (
	article_id CHAR(32) NOT NULL, 
	label_id CHAR(32) NOT NULL, 
	PRIMARY KEY (article_id, label_id), 
	FOREIGN KEY(article_id) REFERENCES articles (id), 
	FOREIGN KEY(label_id) REFERENCES labels (id)
);
CREATE UNIQUE INDEX ix_writers_email ON writers (email);
INSERT INTO writers VALUES('c9bf9e5716854c89bafbff5af830be8a','ada@example.com','ADMIN');
COMMIT;
