"""What readers get: rendering is pure, sending knows nothing of tasks. To add one: a file, and a line in httpd.py."""
