BEGIN TRANSACTION;
CREATE TABLE todos (
	id INTEGER NOT NULL, 
	title VARCHAR(120) NOT NULL, 
	description TEXT, 
	completed BOOLEAN NOT NULL, 
	priority INTEGER NOT NULL, 
	due_date DATE, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "todos" VALUES(1,'Buy milk',NULL,1,3,NULL,'2026-11-30 07:39:41.875447');
INSERT INTO "todos" VALUES(2,'Write tests','all of them',0,1,'2024-02-29','2026-11-30 07:39:41.885240');
CREATE INDEX ix_todos_id ON todos (id);
COMMIT;
