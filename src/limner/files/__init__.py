"""Files: pictures on disk, durable before anybody hears of them, reached by links that expire."""
