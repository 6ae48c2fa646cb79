PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE notes (
	id INTEGER NOT NULL, 
	title VARCHAR(120) NOT NULL, 
	content TEXT NOT NULL, 
	category VARCHAR, 
	published BOOLEAN NOT NULL, 
	"createdAt" DATETIME NOT NULL, 
	"updatedAt" DATETIME, 
	PRIMARY KEY (id)
);
COMMIT;
