import pytest
from PIL import Image, ImageCms

from cloudinary_sandbox.rendering import RenderError, Unsupported
from tests.sandbox.rendering.studio import BLUE, GREEN, RED, WHITE, near, quarters, rgba

BROWSER = "image/avif,image/webp,image/apng,*/*;q=0.8"


def animation(studio, colours=("red", "green", "blue")):
    frames = [Image.new("RGB", (40, 20), colour) for colour in colours]
    return studio.store(frames[0], "a.gif", save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)


@pytest.mark.parametrize(
    ("format", "magic", "content_type"),
    [
        ("jpg", "JPEG", "image/jpeg"),
        ("png", "PNG", "image/png"),
        ("gif", "GIF", "image/gif"),
        ("webp", "WEBP", "image/webp"),
        ("avif", "AVIF", "image/avif"),
        ("bmp", "BMP", "image/bmp"),
        ("tif", "TIFF", "image/tiff"),
        ("jp2", "JPEG2000", "image/jp2"),
    ],
)
def test_every_format_is_really_written(studio, format, magic, content_type):
    path = studio.store(quarters())
    for done in (studio.file(path, "c_scale,w_50", format), studio.file(path, f"c_scale,w_50/f_{format}", "png")):
        assert (done.format, done.content_type) == (format, content_type)
        assert done.path.parent == studio.folder
        assert done.bytes == done.path.stat().st_size
        assert not done.vary_accept
        with Image.open(done.path) as image:
            assert image.format == magic
            assert near(image, (5, 5), RED, 40)


@pytest.mark.parametrize(
    ("accept", "opaque", "transparent"),
    [
        (BROWSER, "avif", "avif"),
        ("image/webp,*/*", "webp", "webp"),
        ("*/*", "jpg", "png"),
        ("", "jpg", "png"),
    ],
)
def test_f_auto_goes_by_the_accept_header_and_by_transparency(studio, accept, opaque, transparent):
    path = studio.store(quarters())
    done = studio.file(path, "f_auto", "png", accept)
    assert (done.format, done.vary_accept) == (opaque, True)
    assert studio.file(path, "r_max/f_auto", "png", accept).format == transparent


def test_preserve_transparency_keeps_png(studio):
    path = studio.store(quarters())
    assert studio.file(path, "r_max/f_auto,fl_preserve_transparency", "png", BROWSER).format == "png"


def test_lower_quality_makes_a_smaller_file(studio):
    path = studio.store(Image.effect_noise((120, 120), 60).convert("RGB"))
    for format in ("jpg", "webp", "avif"):
        sizes = [studio.file(path, f"q_{quality}", format).bytes for quality in ("90", "50", "10")]
        assert sizes == sorted(sizes, reverse=True)
    auto = [studio.file(path, f"q_auto:{level}", "jpg").bytes for level in ("best", "good", "eco", "low")]
    assert auto == sorted(auto, reverse=True)
    assert studio.file(path, "q_auto", "jpg").bytes == auto[1]


def test_chroma_and_progressive_are_obeyed(studio):
    path = studio.store(quarters())
    with Image.open(studio.file(path, "q_80:444", "jpg").path) as image:
        assert {layer[1:3] for layer in getattr(image, "layer", [])} == {(1, 1)}
    with Image.open(studio.file(path, "q_80:420,fl_progressive", "jpg").path) as image:
        assert getattr(image, "layer", [])[0][1:3] == (2, 2)
        assert image.info["progressive"]
    with Image.open(studio.file(path, "q_80,fl_progressive:none", "jpg").path) as image:
        assert "progressive" not in image.info


def test_png_depth_follows_its_flag(studio):
    path = studio.store(quarters())
    for flag, mode in (("png8", "P"), ("png24", "RGB"), ("png32", "RGBA")):
        with Image.open(studio.file(path, f"fl_{flag}", "png").path) as image:
            assert image.mode == mode
    assert studio.file(path, "fl_lossy", "png").format == "jpg"
    assert studio.file(path, "r_max,fl_lossy", "png").format == "png"


def test_metadata_is_left_behind(studio):
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    path = studio.store(quarters(), "a.jpg", exif=exif)
    with Image.open(studio.file(path, "c_scale,w_50").path) as image:
        assert not image.getexif()


def test_a_colour_profile_is_worked_into_the_pixels(studio):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    done = studio.file(studio.store(quarters(), "a.png", icc_profile=lab), "c_scale,w_50", "png")
    with Image.open(done.path) as image:
        assert "icc_profile" not in image.info
        assert near(image, (5, 5), RED)


@pytest.mark.parametrize(
    ("flag", "attachment"), [("attachment", True), ("attachment:my_file", "my_file"), ("attachment:a%20b", "a b")]
)
def test_an_attachment_is_told_and_alone_leaves_the_file_as_it_is(studio, flag, attachment):
    path = studio.store(quarters(), "a.jpg")
    done = studio.file(path, f"fl_{flag}")
    assert done.attachment == attachment
    assert done.path.read_bytes() == path.read_bytes()
    assert studio.file(path, f"c_scale,w_50/fl_{flag}").attachment == attachment
    assert studio.file(path, "c_scale,w_50").attachment is None


def test_a_raw_file_can_only_be_downloaded(studio):
    path = studio.folder / "a.zip"
    path.write_bytes(b"PK")
    done = studio.file(path, "fl_attachment", resource_type="raw")
    assert done.path.read_bytes() == b"PK"
    assert (done.width, done.height) == (None, None)
    with pytest.raises(RenderError, match="Raw files cannot be transformed"):
        studio.file(path, "w_10", resource_type="raw")


@pytest.mark.parametrize(("effect", "again"), [("", 0), ("e_loop", 0), ("e_loop:3", 3)])
def test_an_animation_is_played_as_often_as_it_says(studio, effect, again):
    done = studio.file(animation(studio), "/".join(filter(None, ("w_20", effect))), "gif")
    with Image.open(done.path) as image:
        assert (getattr(image, "n_frames", 1), image.info["loop"]) == (3, again)


def test_a_gif_keeps_its_frames_and_their_times(studio):
    done = studio.file(animation(studio), "c_scale,w_20")
    with Image.open(done.path) as image:
        assert (image.size, getattr(image, "n_frames", 1)) == ((20, 10), 3)
        seen, times = [], []
        for at in range(3):
            image.seek(at)
            seen.append(rgba(image, (5, 5))[:3])
            times.append(image.info["duration"])
    assert seen == [RED, GREEN, BLUE]
    assert times == [100, 200, 300]


@pytest.mark.parametrize(
    ("transformation", "format", "frames"),
    [
        ("c_scale,w_20", "webp", 1),
        ("c_scale,w_20,fl_awebp", "webp", 3),
        ("c_scale,w_20,fl_apng", "png", 3),
        ("c_scale,w_20", "jpg", 1),
        ("c_scale,w_20/f_auto", "gif", 3),
        ("c_scale,w_20/f_auto:image", "gif", 1),
        ("c_scale,w_20/f_auto,fl_animated", "gif", 3),
        ("c_scale,w_20,pg_2", "gif", 1),
    ],
)
def test_an_animation_moves_where_its_format_and_flags_let_it(studio, transformation, format, frames):
    done = studio.file(animation(studio), transformation, format, "image/webp")
    with Image.open(done.path) as image:
        assert getattr(image, "n_frames", 1) == frames


def test_a_page_picks_a_frame(studio):
    path = animation(studio)
    with Image.open(studio.file(path, "pg_2", "png").path) as image:
        assert near(image, (5, 5), GREEN)
    with pytest.raises(RenderError, match="Invalid page in transformation: 9"):
        studio.file(path, "pg_9", "png")


def test_every_frame_is_cut_alike(studio):
    frames = [Image.new("RGB", (90, 30), "#808080") for _ in range(2)]
    frames[0].paste("red", (62, 5, 80, 25))
    frames[1].paste("blue", (2, 5, 20, 25))
    path = studio.store(frames[0], "a.gif", save_all=True, append_images=frames[1:], duration=100)
    with Image.open(studio.file(path, "c_fill,w_30,h_30,g_auto").path) as image:
        assert near(image, (12, 15), RED, 20)
        image.seek(1)
        assert near(image, (12, 15), (128, 128, 128), 20)


def test_a_picture_without_alpha_stays_without(studio):
    with Image.open(studio.file(studio.store(quarters()), "r_max/b_white", "png").path) as image:
        assert image.mode == "RGB"
        assert near(image, (1, 1), WHITE)


@pytest.mark.parametrize(
    ("transformation", "format", "message"),
    [
        ("w_10", "pdf", "does not render the format pdf"),
        ("f_heic", None, "does not render the format heic"),
        ("q_jpegmini", "jpg", "quality jpegmini"),
    ],
)
def test_formats_that_are_not_written_are_refused_by_name(studio, transformation, format, message):
    with pytest.raises(Unsupported, match=message):
        studio.file(studio.store(quarters()), transformation, format)


@pytest.mark.parametrize("quality", ["0", "101", "great", "auto:superb", "80:111"])
def test_a_malformed_quality_is_an_error(studio, quality):
    with pytest.raises(RenderError, match=f"Invalid quality in transformation: {quality}"):
        studio.file(studio.store(quarters()), f"q_{quality}", "jpg")


def test_pictures_that_are_stored_but_not_decoded_are_refused_and_still_delivered_as_they_are(studio):
    path = studio.folder / "a.jxl"
    path.write_bytes(b"\0\0\0\x0cJXL \r\n\x87\n")
    with pytest.raises(Unsupported, match="pictures of the format jxl"):
        studio.file(path, "w_5", "png")
    assert studio.file(path, "").path.read_bytes() == path.read_bytes()


def test_a_broken_picture_is_an_error(studio):
    path = studio.folder / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(RenderError, match="Invalid image file"):
        studio.file(path, "w_5", "png")


def test_importing_the_package_loads_no_heavy_library():
    import subprocess
    import sys

    code = "import sys, cloudinary_sandbox.rendering; sys.exit(len({'PIL', 'av', 'cv2'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
