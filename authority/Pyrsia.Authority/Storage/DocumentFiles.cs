using Pyrsia.Contracts;

namespace Pyrsia.Authority.Storage;

/// <summary>Documents as files of a folder, which is made when the first comes.</summary>
internal sealed class DocumentFiles(string folder) : IDocumentStorage
{
    private const string Extension = ".json";

    public IReadOnlyList<string> Names => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*" + Extension).Select(path => Path.GetFileNameWithoutExtension(path))] : [];

    public byte[]? Read(string name) => File.Exists(PathOf(name)) ? File.ReadAllBytes(PathOf(name)) : null;

    public byte[] Change(string name, byte[]? before, byte[] after)
    {
        if (Read(name) is { } stands && !(before is not null && stands.AsSpan().SequenceEqual(before))) return stands;
        DurableFile.CreateDirectory(folder);
        DurableFile.Write(PathOf(name), after);
        return after;
    }

    public void Remove(string name)
    {
        if (File.Exists(PathOf(name))) File.Delete(PathOf(name));
    }

    private string PathOf(string name) => Path.Combine(folder, name + Extension);
}
