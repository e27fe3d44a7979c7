@rem "npm start" says exec, so that elsewhere the shell makes way for the program and its signals. Here it just runs it.
@%*
