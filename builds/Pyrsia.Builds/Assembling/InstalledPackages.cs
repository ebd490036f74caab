using System.Text;
using Pyrsia.Builds.Images;

namespace Pyrsia.Builds.Assembling;

/// <summary>A package that an image's own list names.</summary>
/// <param name="Type">The kind of package, as package URLs have it: <c>deb</c> or <c>apk</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Architecture">The processor that it is for.</param>
/// <param name="List">The list that names it.</param>
public sealed record ImagePackage(string Type, string Name, string Version, string Architecture, string List);

/// <summary>Reads what dpkg and apk say is installed in an image. What came into it in another way stands in no list, and is not told.</summary>
internal static class InstalledPackages
{
    /// <summary>Longest list in bytes: a desktop's has some three megabytes.</summary>
    internal const int MaxBytes = 8 << 20;

    private const string Dpkg = "var/lib/dpkg/status";
    private const string Apk = "lib/apk/db/installed";

    /// <summary>The lists.</summary>
    internal static IReadOnlyList<string> Files { get; } = [Dpkg, Apk];

    /// <summary>Reads the lists of a file system, in the order of type and name.</summary>
    internal static async Task<IReadOnlyList<ImagePackage>> ReadAsync(FileTree tree, CancellationToken cancellationToken)
    {
        var packages = new List<ImagePackage>();
        if (await TextAsync(tree, Apk, cancellationToken).ConfigureAwait(false) is { } apk) packages.AddRange(ParseApk(apk));
        if (await TextAsync(tree, Dpkg, cancellationToken).ConfigureAwait(false) is { } dpkg) packages.AddRange(PackageList.Parse(dpkg).Select(p => new ImagePackage("deb", p.Name, p.Version, p.Architecture, Dpkg)));
        return [.. packages.Distinct().OrderBy(p => p.Type, StringComparer.Ordinal).ThenBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Version, StringComparer.Ordinal).ThenBy(p => p.Architecture, StringComparer.Ordinal)];
    }

    /// <summary>apk's list: a paragraph for each package, with a letter before each field.</summary>
    /// <seealso href="https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2"/>
    internal static IEnumerable<ImagePackage> ParseApk(string text)
    {
        foreach (var paragraph in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = paragraph.Split('\n').Where(line => line.Length > 2 && line[1] == ':').ToLookup(line => line[0], line => line[2..].Trim());
            if (fields['P'].FirstOrDefault() is { } name && fields['V'].FirstOrDefault() is { } version) yield return new ImagePackage("apk", name, version, fields['A'].FirstOrDefault() ?? "", Apk);
        }
    }

    private static async Task<string?> TextAsync(FileTree tree, string name, CancellationToken cancellationToken)
    {
        if (tree[name]?.Content is not { IsKept: true, Size: <= MaxBytes } content) return null;
        var text = new MemoryStream();
        await using (text.ConfigureAwait(false))
        {
            await content.ReadAsync(
                piece =>
                {
                    text.Write(piece.Span);
                    return ValueTask.CompletedTask;
                },
                cancellationToken).ConfigureAwait(false);
            return Encoding.UTF8.GetString(text.ToArray());
        }
    }
}
