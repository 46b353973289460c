"""What each endpoint of Cloudinary answers, one declared type per reply, by group of the API.

A reply is checked against its type while it is decoded (`cloudinary_tools.client.decoding`): a field that is `Required`
must be there, every other may be missing or null. Only what somebody reads is declared; the rest is dropped. Shapes are
those of the Admin, Upload and v2 API references.
"""
