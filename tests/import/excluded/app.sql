PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE project_table (
	id INTEGER NOT NULL, 
	name VARCHAR(50) NOT NULL, 
	owner VARCHAR(50) DEFAULT 'nobody' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE tasks (
	id INTEGER NOT NULL, 
	title VARCHAR NOT NULL, 
	priority INTEGER DEFAULT '3' NOT NULL, 
	project_id INTEGER NOT NULL, 
	creator_id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES project_table (id), 
	FOREIGN KEY(creator_id) REFERENCES project_table (id)
);
COMMIT;
