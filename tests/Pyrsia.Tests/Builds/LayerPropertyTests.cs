using FsCheck;
using FsCheck.Fluent;
using Pyrsia.Builds.Assembling;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>Any two file systems: the layer that leads from one to the other leads there, and is the same however the change was described.</summary>
public sealed class LayerPropertyTests : IDisposable
{
    private const int Cases = 300;
    private const long Time = 1_700_000_000;

    private readonly TemporaryDirectory _directory = new();
    private int _files;

    public void Dispose() => _directory.Dispose();

    /// <summary>Files by name, of which no name is below another.</summary>
    private static Gen<SortedDictionary<string, string>> Trees => Gen.Elements("a", "b", "a-b", "c").ListOf(3).SelectMany(parts => Gen.Choose(1, 3).Select(depth => string.Join('/', parts.Take(depth)))).ListOf(8)
        .SelectMany(names => Gen.Elements("", "1", "2").ListOf(8).Select(contents =>
        {
            var tree = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, content) in names.Zip(contents))
                if (!tree.Keys.Any(known => known == name || known.StartsWith(name + "/", StringComparison.Ordinal) || name.StartsWith(known + "/", StringComparison.Ordinal))) tree[name] = content;
            return tree;
        }));

    [Fact]
    public void A_change_leads_from_the_base_to_the_result_and_has_one_form() => Prop.ForAll(Trees.SelectMany(before => Trees.Select(after => (before, after))).ToArbitrary(), pair =>
    {
        var (before, after) = pair;
        var below = LayerSamples.Layer([.. before.Select(file => LayerSamples.File(file.Key, file.Value))]);
        // All that was is deleted and all that is to be is put anew; or only what differs is said.
        var whole = Delta(below, LayerSamples.Layer([.. before.Keys.Select(LayerSamples.Gone)]), LayerSamples.Layer([.. after.Reverse().Select(file => LayerSamples.File(file.Key, file.Value))]));
        var least = Delta(below, whole);
        return whole.AsSpan().SequenceEqual(least) && Files(below, whole).SequenceEqual(after);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases));

    private byte[] Delta(byte[] below, params byte[][] layers)
    {
        var tree = Tree(below, layers);
        using var output = new MemoryStream();
        using var writer = new LayerWriter(output);
        new LayerDelta(writer, Time).WriteAsync(tree.Root, CancellationToken.None).GetAwaiter().GetResult();
        writer.EndAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return output.ToArray();
    }

    private FileTree Tree(byte[] below, params byte[][] layers)
    {
        var tree = new FileTree(new ImageLimits(), Time);
        tree.ApplyAsync(new MemoryStream(below), CancellationToken.None).GetAwaiter().GetResult();
        tree.Settle();
        foreach (var layer in layers)
        {
            var path = _directory[$"{_files++}"];
            File.WriteAllBytes(path, layer);
            tree.ApplyAsync(path, 0, layer.Length, CancellationToken.None).GetAwaiter().GetResult();
        }
        return tree;
    }

    private Dictionary<string, string> Files(byte[] below, byte[] change)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        Collect("", Tree(below, change).Root);
        return files.OrderBy(f => f.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

        void Collect(string prefix, FileNode node)
        {
            foreach (var (name, child) in node.Children ?? [])
            {
                if (child.Now?.Content is { } content) files[prefix + name] = new[] { "", "1", "2" }.First(text => content.DigestAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult().AsSpan().SequenceEqual(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text))));
                if (child.Now is not null) Collect($"{prefix}{name}/", child);
            }
        }
    }
}
