PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE team (
	name VARCHAR NOT NULL, 
	headquarters VARCHAR NOT NULL, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE hero (
	name VARCHAR NOT NULL, 
	secret_name VARCHAR NOT NULL, 
	age INTEGER, 
	team_id INTEGER, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(team_id) REFERENCES team (id)
);
CREATE INDEX ix_team_name ON team (name);
CREATE INDEX ix_hero_age ON hero (age);
CREATE INDEX ix_hero_name ON hero (name);
COMMIT;
