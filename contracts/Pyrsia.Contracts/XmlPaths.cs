using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Xml;

namespace Pyrsia.Contracts;

/// <summary>Reads XML of strangers by the paths of its elements, without namespaces, entities or anything from outside.</summary>
public static class XmlPaths
{
    /// <summary>How deep elements may nest; poms and plugin descriptions stay below 20.</summary>
    private const int MaxDepth = 64;

    /// <summary>Longest text of one element that is kept, in characters.</summary>
    private const int MaxTextLength = 4096;

    /// <summary>Reads a document.</summary>
    /// <param name="bytes">The document, whose length the caller has bounded.</param>
    /// <param name="element">Told every element at its end: its path from the root, joined by slashes, and its own text.</param>
    /// <param name="root">Name of the root element.</param>
    /// <returns>False when it is no well-formed XML, or nests too deep.</returns>
    public static bool TryRead(byte[] bytes, Action<string, string> element, [NotNullWhen(true)] out string? root)
    {
        root = null;
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true, MaxCharactersInDocument = Math.Max(1, bytes.Length) };
        var open = new Stack<(string Path, StringBuilder Text)>();
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(bytes, writable: false), settings);
            while (reader.Read())
            {
                if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA && open.TryPeek(out var here) && here.Text.Length < MaxTextLength) here.Text.Append(reader.Value);
                if (reader.NodeType == XmlNodeType.Element)
                {
                    if (open.Count >= MaxDepth) return false;
                    var path = open.TryPeek(out var parent) ? $"{parent.Path}/{reader.LocalName}" : reader.LocalName;
                    root ??= path;
                    open.Push((path, new StringBuilder()));
                    if (!reader.IsEmptyElement) continue;
                }
                else if (reader.NodeType != XmlNodeType.EndElement)
                {
                    continue;
                }
                var (ended, text) = open.Pop();
                element(ended, text.ToString());
            }
            return root is not null;
        }
        catch (Exception e) when (e is XmlException or ArgumentException)
        {
            // The second is how the platform's reader may say that bytes belie the declaration of their encoding.
            return false;
        }
    }
}
