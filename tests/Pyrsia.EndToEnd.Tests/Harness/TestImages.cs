using System.Formats.Tar;
using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>The images that the tests pull.</summary>
public static class TestImages
{
    /// <summary>What the container of <see cref="Debian"/> prints.</summary>
    public const string Greeting = "hello from a verified image";

    /// <summary>Name of a multi-arch image whose layer is a Debian file system of more than 100 MB.</summary>
    public const string Debian = "library/debian-test:1";

    /// <summary>Name of a small image.</summary>
    public const string Small = "library/small:1";

    /// <summary>Writes an index of two platforms, one of them with a large real file system.</summary>
    public static async Task<string> WriteDebianAsync(TemporaryDirectory directory, CancellationToken cancellationToken)
    {
        var layout = new OciLayout(directory["debian"]);
        var (layer, diffId) = layout.AddLayer(await BaseFileSystem.LayerAsync(cancellationToken));
        var amd64 = layout.AddImage("amd64", [(layer, diffId)], "echo", Greeting);
        layout.Name(Debian, layout.AddIndex(("amd64", amd64), ("arm64", layout.AddImage("arm64", 64 * 1024, 1))));
        return directory["debian"];
    }

    /// <summary>Writes a small image.</summary>
    public static string WriteSmall(TemporaryDirectory directory, string name = Small, int size = 300_000, int seed = 1)
    {
        var path = directory[$"small-{seed}"];
        var layout = new OciLayout(path);
        layout.Name(name, layout.AddImage("amd64", size, seed));
        return path;
    }

    /// <summary>Writes several small images, each with another content.</summary>
    public static string WriteSmall(string path, params string[] names)
    {
        const int size = 1000;
        var layout = new OciLayout(path);
        for (var i = 0; i < names.Length; i++) layout.Name(names[i], layout.AddImage("amd64", size, i + 1));
        return path;
    }

    /// <summary>Name of a base for images that are built: Debian's busybox and little else.</summary>
    public const string Base = "library/base:1";

    /// <summary>Adds an image of Debian's busybox, for two platforms by its index.</summary>
    public static void AddBase(OciLayout layout, TemporaryDirectory directory)
    {
        var path = directory["base.tar.gz"];
        using (var file = File.Create(path))
        using (var zip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest))
        using (var tar = new TarWriter(zip, TarEntryFormat.Ustar))
        {
            foreach (var folder in new[] { "bin", "dev", "etc", "proc", "sys", "tmp", "usr", "usr/share", "usr/share/doc", "var", "var/lib", "var/lib/dpkg" })
                tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, folder + "/") { Mode = (UnixFileMode)(folder == "tmp" ? 0x3ff : 0x1ed), ModificationTime = DateTimeOffset.UnixEpoch });
            Add("bin/busybox", File.ReadAllBytes("/usr/bin/busybox"), executable: true);
            foreach (var applet in new[] { "cat", "chmod", "echo", "id", "ln", "ls", "mkdir", "mv", "rm", "sh", "wget" })
                tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "bin/" + applet) { LinkName = "busybox", ModificationTime = DateTimeOffset.UnixEpoch });
            Add("etc/passwd", "root:x:0:0:root:/:/bin/sh\n"u8.ToArray());
            Add("usr/share/doc/copyright", "words"u8.ToArray());
            Add("var/lib/dpkg/status", "Package: busybox-static\nStatus: install ok installed\nVersion: 1:1.35.0-4\nArchitecture: amd64\n\n"u8.ToArray());

            void Add(string name, byte[] content, bool executable = false) => tar.WriteEntry(
                new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), Mode = (UnixFileMode)(executable ? 0x1ed : 0x1a4), ModificationTime = DateTimeOffset.UnixEpoch });
        }
        layout.Name(Base, layout.AddIndex(("arm64", layout.AddImage("arm64", 1000, 1)), ("amd64", layout.AddImage("amd64", [layout.AddLayer(path)], "sh"))));
    }
}
