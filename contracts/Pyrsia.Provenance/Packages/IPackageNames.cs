using Pyrsia.Contracts;

namespace Pyrsia.Provenance.Packages;

/// <summary>
/// How a kind of package names things: what its versions are called, where their files have their names, and which path of a node answers with which of them. The rules of the
/// log rest on this half of a package type, so it is pure and every replica has the same; docs/operating/package-types.md says how another ecosystem joins.
/// </summary>
public interface IPackageNames
{
    /// <summary>Its word: what stands before the colon of a coordinate, and the package type of a specification.</summary>
    string Type { get; }

    /// <summary>A name in its full form, for messages, such as <c>org.acme:lib:1.0</c>.</summary>
    string Example { get; }

    /// <summary>Whether an upstream has versions, which builders can notarize.</summary>
    bool HasUpstream { get; }

    /// <summary>Whether a node serves files at <c>/TYPE/…</c> as they are, because the ecosystem has no protocol of its own.</summary>
    bool IsServedPlain { get; }

    /// <summary>The full name that a person's text means, without the type's word; null when it means none. What is full already comes back as it is.</summary>
    string? Parse(string text);

    /// <summary>Whether what a full name means may never change.</summary>
    bool IsImmutable(string name);

    /// <summary>The digest that a full name pins; null when it pins none.</summary>
    Digest? DigestIn(string name);

    /// <summary>The folder, with its slash, below which the files of a full name have theirs, so that no build names another package's; null where nothing is built from source.</summary>
    string? OutputFolder(string name);

    /// <summary>Whether a build of a full name may make a file beside those that its specification names, because the file's name follows from its bytes, which nobody knows before.</summary>
    /// <param name="name">The full name.</param>
    /// <param name="output">The file's name.</param>
    /// <param name="digest">The digest of its bytes.</param>
    bool IsNamedByContent(string name, string output, Digest digest) => false;

    /// <summary>The media type of a file, by its name.</summary>
    string MediaType(string output);

    /// <summary>The path of a node that answers with a file.</summary>
    /// <param name="file">A file of this type.</param>
    string PathOf(PackageFile file);

    /// <summary>What a node's path, as it was sent, asks for; null when it is no file of this type, or is spelt to hide something.</summary>
    PackageFile? Locate(string path);
}

/// <summary>A file of a version.</summary>
/// <param name="Name">The version's full name, without the type's word.</param>
/// <param name="Output">The file's name; empty where the version's digest is the only one, as in images.</param>
public sealed record PackageFile(string Name, string Output);
