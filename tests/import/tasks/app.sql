PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE categories (
	id INTEGER NOT NULL, 
	name VARCHAR(50) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE tasks (
	id INTEGER NOT NULL, 
	title VARCHAR(100) NOT NULL, 
	description TEXT, 
	status VARCHAR(20) NOT NULL, 
	due DATE, 
	weight FLOAT NOT NULL, 
	link VARCHAR, 
	tags JSON NOT NULL, 
	done BOOLEAN NOT NULL, 
	category_id INTEGER, 
	created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, 
	updated_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(category_id) REFERENCES categories (id) ON DELETE SET NULL
);
CREATE TABLE comments (
	id INTEGER NOT NULL, 
	text VARCHAR(500) NOT NULL, 
	task_id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(task_id) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE INDEX ix_tasks_id ON tasks (id);
CREATE INDEX ix_comments_task_id ON comments (task_id);
CREATE INDEX ix_comments_id ON comments (id);
COMMIT;
