using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using Pyrsia.Builds.Assembling;
using Pyrsia.Contracts;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>Images that were built in different ways become the same bytes; what no image may have is refused.</summary>
public sealed class ImageAssemblerTests : IDisposable
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private static readonly object Run = new { Cmd = new[] { "/bin/server" }, Env = new[] { "PATH=/usr/bin", "A=1" } };

    private readonly TemporaryDirectory _directory = new();
    private readonly ImageAssembler _assembler = new(new ImageLimits());
    private int _images;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    private static byte[] BaseLayer => LayerSamples.Layer(
        LayerSamples.Directory("bin/"), LayerSamples.File("bin/sh", "shell", 0x1ed), LayerSamples.Directory("etc/"), LayerSamples.File("etc/passwd", "root"), LayerSamples.File("etc/old", "old"),
        LayerSamples.Directory("var/"), LayerSamples.Directory("var/cache/"), LayerSamples.File("var/cache/a", "a"), LayerSamples.File("var/cache/b", "b"));

    [Fact]
    public async Task What_another_order_other_times_and_needless_entries_describe_is_the_same_image()
    {
        var below = LayerSamples.Base(_directory, gzip: true, BaseLayer);
        var one = await BuildAsync(below, Run, LayerSamples.Layer(
            LayerSamples.Directory("etc/"), LayerSamples.File("etc/new", "new"), LayerSamples.Gone("etc/old"), LayerSamples.File("bin/server", "server", 0x1ed), LayerSamples.Gone("var/cache")));
        var other = await BuildAsync(
            below, Run,
            LayerSamples.Layer(LayerSamples.File("bin/server", "server", 0x1ed, Time.AddDays(9)), LayerSamples.File("bin/sh", "shell", 0x1ed), LayerSamples.File("tmp", "for a while")),
            LayerSamples.Layer(LayerSamples.Gone("tmp"), LayerSamples.Gone("var/cache/b"), LayerSamples.Gone("var/cache/a"), LayerSamples.File("./etc/new", "new")),
            LayerSamples.Layer(LayerSamples.Gone("var/cache"), LayerSamples.Gone("etc/old"), LayerSamples.File(".dockerenv", "")));
        Assert.Equal(one.Manifest.Descriptor, other.Manifest.Descriptor);
        Assert.Equal(["bin/server", "etc/.wh.old", "etc/new", "var/.wh.cache"], Entries(one).Select(e => e.Name));
        Assert.All(Entries(one), e => Assert.True(e.ModificationTime <= Time));
        Assert.All(Entries(one).OfType<PosixTarEntry>(), e => Assert.Equal("", e.UserName + e.GroupName));
    }

    [Fact]
    public async Task The_layers_of_a_base_stay_byte_for_byte()
    {
        var below = LayerSamples.Base(_directory, gzip: true, BaseLayer, LayerSamples.Layer(LayerSamples.File("second", "2")));
        var image = await BuildAsync(below, Run, LayerSamples.Layer(LayerSamples.File("x", "x")));
        Assert.Equal(below.Layers.Select(layer => layer.Descriptor), image.Layers.SkipLast(1).Select(layer => layer.Descriptor));
        Assert.All(image.Layers, layer => Assert.Equal(layer.Descriptor.Digest, Digest.Of(File.ReadAllBytes(layer.Path))));
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(image.Manifest.Path));
        Assert.Equal([MediaTypes.OciLayerGzip, MediaTypes.OciLayerGzip, MediaTypes.OciLayer], manifest.RootElement.GetProperty("layers").EnumerateArray().Select(l => l.GetProperty("mediaType").GetString()));
        using var config = JsonDocument.Parse(File.ReadAllBytes(image.Config.Path));
        Assert.Equal(image.Layers[^1].Descriptor.Digest.ToString(), config.RootElement.GetProperty("rootfs").GetProperty("diff_ids")[2].GetString());
        Assert.Equal("2023-11-14T22:13:20Z", config.RootElement.GetProperty("created").GetString());
        Assert.False(config.RootElement.TryGetProperty("history", out _));
    }

    [Fact]
    public async Task An_image_that_only_says_how_it_is_run_has_no_layer_of_its_own()
    {
        var below = LayerSamples.Base(_directory, gzip: false, BaseLayer);
        var image = await BuildAsync(below, Run, LayerSamples.Layer(LayerSamples.Directory("etc/"), LayerSamples.File("etc/passwd", "root")));
        Assert.Equal(below.Layers.Select(layer => layer.Descriptor), image.Layers.Select(layer => layer.Descriptor));
    }

    [Fact]
    public async Task Without_a_base_everything_is_in_one_layer()
    {
        var image = await BuildAsync(null, new { }, LayerSamples.Layer(LayerSamples.File("a", "1"), LayerSamples.File("b/c", "2")), LayerSamples.Layer(LayerSamples.Gone("a")));
        Assert.Equal(["b/", "b/c"], Entries(image).Select(e => e.Name));
        // What programs that run containers leave is no part of it.
        Assert.Empty(Entries(await BuildAsync(null, new { }, LayerSamples.Layer(LayerSamples.Directory("proc/"), LayerSamples.File("proc/1", "x"), LayerSamples.Directory("run/"), LayerSamples.File("run/.containerenv", ""), LayerSamples.File("etc/hosts", "")))));
        Assert.Equal(["etc/", "etc/hosts"], Entries(await BuildAsync(null, new { }, LayerSamples.Layer(LayerSamples.File("etc/hosts", "127.0.0.1 localhost")))).Select(e => e.Name));
    }

    [Fact]
    public async Task Names_of_one_file_stay_names_of_one_file_whichever_came_first()
    {
        var one = await BuildAsync(null, Run, LayerSamples.Layer(LayerSamples.File("z", "text"), LayerSamples.Link(TarEntryType.HardLink, "a", "z")));
        var other = await BuildAsync(null, Run, LayerSamples.Layer(LayerSamples.File("a", "text"), LayerSamples.Link(TarEntryType.HardLink, "z", "a")));
        Assert.Equal(one.Manifest.Descriptor.Digest, other.Manifest.Descriptor.Digest);
        Assert.Equal([TarEntryType.RegularFile, TarEntryType.HardLink], Entries(one).Select(e => e.EntryType));
    }

    [Fact]
    public async Task A_directory_that_was_replaced_is_seen_as_what_differs()
    {
        var below = LayerSamples.Base(_directory, gzip: false, BaseLayer);
        var opaque = await BuildAsync(below, Run, LayerSamples.Layer(LayerSamples.Directory("var/cache/"), LayerSamples.File("var/cache/.wh..wh..opq", ""), LayerSamples.File("var/cache/b", "b")));
        var single = await BuildAsync(below, Run, LayerSamples.Layer(LayerSamples.Gone("var/cache/a")));
        Assert.Equal(single.Manifest.Descriptor, opaque.Manifest.Descriptor);
        var replaced = await BuildAsync(below, Run, LayerSamples.Layer(LayerSamples.Link(TarEntryType.SymbolicLink, "var/cache", "/tmp")));
        Assert.Equal(["var/cache"], Entries(replaced).Select(e => e.Name));
    }

    [Fact]
    public async Task Long_and_foreign_names_owners_and_links_come_through()
    {
        var name = $"{new string('d', 90)}/{new string('f', 90)}";
        var file = LayerSamples.File(name, "content", 0x9ed);
        (file.Uid, file.Gid) = (3_000_000, 7);
        var image = await BuildAsync(null, Run, LayerSamples.Layer(file, LayerSamples.Link(TarEntryType.SymbolicLink, "ü", new string('t', 150)), new PaxTarEntry(TarEntryType.Fifo, "pipe"), new PaxTarEntry(TarEntryType.CharacterDevice, "null") { DeviceMajor = 1, DeviceMinor = 3 }));
        var entries = Entries(image).ToDictionary(e => e.Name);
        Assert.Equal((3_000_000, 7, (UnixFileMode)0x9ed), (entries[name].Uid, entries[name].Gid, entries[name].Mode));
        Assert.Equal(new string('t', 150), entries["ü"].LinkName);
        Assert.Equal((1, 3), (((PosixTarEntry)entries["null"]).DeviceMajor, ((PosixTarEntry)entries["null"]).DeviceMinor));
        Assert.Equal(TarEntryType.Fifo, entries["pipe"].EntryType);
    }

    [Fact]
    public async Task What_programs_add_to_a_configuration_is_left_out_and_what_a_person_said_is_kept()
    {
        var classic = await BuildAsync(null, new
        {
            Hostname = "0123",
            Domainname = "",
            User = "app",
            AttachStdin = false,
            Image = "sha256:0",
            OnBuild = (string[]?)null,
            Env = (string[]?)null,
            Cmd = new[] { "run" },
            WorkingDir = "",
            ArgsEscaped = true,
            Labels = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" },
            ExposedPorts = new Dictionary<string, object> { ["80/tcp"] = new() },
            Healthcheck = new { Test = new[] { "CMD", "true" }, Interval = 1_000_000_000L },
        }, LayerSamples.Layer(LayerSamples.File("x", "")));
        var other = await BuildAsync(null, new
        {
            User = "app",
            Env = new[] { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
            Cmd = new[] { "run" },
            WorkingDir = "/",
            Entrypoint = Array.Empty<string>(),
            Labels = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2", ["io.buildah.version"] = "1.28.2" },
            ExposedPorts = new Dictionary<string, object> { ["80/tcp"] = new() },
            Healthcheck = new { Test = new[] { "CMD", "true" }, Interval = 1_000_000_000L, Timeout = 0 },
        }, LayerSamples.Layer(LayerSamples.File("x", "")));
        Assert.Equal(await File.ReadAllTextAsync(classic.Config.Path, Cancel), await File.ReadAllTextAsync(other.Config.Path, Cancel));
        Assert.Contains(""","Healthcheck":{"Interval":1000000000,"Test":["CMD","true"]},"Labels":{"a":"1","b":"2"},"User":"app"}""", await File.ReadAllTextAsync(classic.Config.Path, Cancel), StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> Refused => new()
    {
        { "climbs", LayerSamples.Layer(LayerSamples.File("../x", "")) },
        { "climbs", LayerSamples.Layer(LayerSamples.File("/x", "")) },
        { "which is no file before it", LayerSamples.Layer(LayerSamples.Link(TarEntryType.HardLink, "a", "b")) },
        { "which is no file before it", LayerSamples.Layer(LayerSamples.Link(TarEntryType.HardLink, "a", "bin/sh")) },
        { "climbs", LayerSamples.Layer(LayerSamples.Link(TarEntryType.HardLink, "a", "../../etc/shadow")) },
        { "0, 0", LayerSamples.Layer(new PaxTarEntry(TarEntryType.CharacterDevice, "hidden")) },
        { "twice", LayerSamples.Layer(LayerSamples.File("a", "1"), LayerSamples.File("a", "2")) },
        { "twice", LayerSamples.Layer(LayerSamples.File("a/b", "1"), LayerSamples.File("a", "2")) },
        { "below something that is no directory", LayerSamples.Layer(LayerSamples.Link(TarEntryType.SymbolicLink, "a", "etc"), LayerSamples.File("a/passwd", "2")) },
        { "below something that is no directory", LayerSamples.Layer(LayerSamples.File("bin/sh/x", "")) },
        { "ends inside", LayerSamples.Layer(LayerSamples.File("long", new string('x', 2000)))[..2000] },
        { "can be read", Encoding.ASCII.GetBytes(new string('x', 1024)) },
        { "can be read", [.. LayerSamples.Layer(LayerSamples.File("a", "")), 1] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_no_layer_may_have_is_refused(string reason, byte[] layer)
    {
        var below = LayerSamples.Base(_directory, gzip: false, BaseLayer);
        var e = await Assert.ThrowsAsync<ImageRefusedException>(() => BuildAsync(below, Run, layer));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_beyond_the_limits_or_on_another_base_is_refused()
    {
        var layer = LayerSamples.Layer(LayerSamples.File("a", "12345"), LayerSamples.File("b", "12345"));
        var archive = LayerSamples.Archive(_directory["archive"], Run, layer);
        await Assert.ThrowsAsync<ImageRefusedException>(() => new ImageAssembler(new ImageLimits { MaxEntries = 1 }).AssembleAsync(archive, null, Time, _directory["1"], Cancel));
        await Assert.ThrowsAsync<ImageRefusedException>(() => new ImageAssembler(new ImageLimits { MaxBytes = 9 }).AssembleAsync(archive, null, Time, _directory["2"], Cancel));
        var e = await Assert.ThrowsAsync<ImageRefusedException>(() => _assembler.AssembleAsync(archive, LayerSamples.Base(_directory, gzip: false, BaseLayer), Time, _directory["3"], Cancel));
        Assert.Contains("does not stand on", e.Message, StringComparison.Ordinal);
    }

    private Task<AssembledImage> BuildAsync(BaseImage? below, object execution, params byte[][] layers)
    {
        var number = ++_images;
        var archive = LayerSamples.Archive(_directory[$"archive-{number}"], execution, [.. below is null ? [] : BaseTars(below), .. layers]);
        return _assembler.AssembleAsync(archive, below, Time, _directory[$"image-{number}"], Cancel);
    }

    private static IEnumerable<byte[]> BaseTars(BaseImage below) => below.Layers.Select(layer =>
    {
        using var tar = new MemoryStream();
        using var packed = layer.OpenTar();
        packed.CopyTo(tar);
        return tar.ToArray();
    });

    private static List<TarEntry> Entries(AssembledImage image)
    {
        using var reader = new TarReader(File.OpenRead(image.Layers[^1].Path));
        var entries = new List<TarEntry>();
        while (reader.GetNextEntry() is { } entry) entries.Add(entry);
        return entries;
    }
}
