using System.Collections.Immutable;
using Pyrsia.Contracts;

namespace Pyrsia.Provenance.Formats;

/// <summary>Takes the fields of an object one by one; what is left over at the end is an error, as is what is missing.</summary>
internal sealed class FieldReader
{
    private readonly CanonicalObject _object;
    private readonly string _path;
    private int _taken;

    public FieldReader(CanonicalValue value, string path)
    {
        _object = value as CanonicalObject ?? throw new MalformedDocumentException($"{(path.Length == 0 ? "the document" : path)} is not an object");
        _path = path;
    }

    public bool Has(string name) => _object.Members.ContainsKey(name);

    public CanonicalValue Value(string name)
    {
        if (!_object.Members.TryGetValue(name, out var value))
            throw new MalformedDocumentException($"{Path(name)} is missing");
        _taken++;
        return value;
    }

    public FieldReader Object(string name) => new(Value(name), Path(name));

    /// <summary>Reads a nested object to its end.</summary>
    public T Object<T>(string name, Func<FieldReader, T> read)
    {
        var reader = Object(name);
        var result = read(reader);
        reader.End();
        return result;
    }

    public string String(string name, int maxLength)
    {
        if (Value(name) is not CanonicalString { Value: var text })
            throw Wrong(name, "a string");
        return text.Length <= maxLength ? text : throw Wrong(name, $"at most {maxLength} characters long");
    }

    public void Constant(string name, string expected)
    {
        if (String(name, int.MaxValue) != expected)
            throw Wrong(name, $"'{expected}'");
    }

    public long Integer(string name, long min, long max)
    {
        if (Value(name) is not CanonicalInteger { Value: var number })
            throw Wrong(name, "an integer");
        return number >= min && number <= max ? number : throw Wrong(name, $"between {min} and {max}");
    }

    public bool Boolean(string name) => Value(name) is CanonicalBoolean { Value: var flag } ? flag : throw Wrong(name, "true or false");

    public byte[] Base64(string name, int maxBytes)
    {
        var text = String(name, (maxBytes + 2) / 3 * 4);
        return StrictBase64.TryDecode(text, out var bytes) && bytes.Length <= maxBytes
            ? bytes
            : throw Wrong(name, $"standard base64 of at most {maxBytes} bytes");
    }

    public byte[] Base64Exactly(string name, int length)
    {
        var bytes = Base64(name, length);
        return bytes.Length == length ? bytes : throw Wrong(name, $"base64 of {length} bytes");
    }

    /// <summary>A digest in its OCI form.</summary>
    public Digest Digest(string name) =>
        Contracts.Digest.TryParse(String(name, 128), out var digest) ? digest : throw Wrong(name, "a sha256 digest");

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public Digest Hex(string name) =>
        Contracts.Digest.TryParse("sha256:" + String(name, 64), out var digest) ? digest : throw Wrong(name, "64 lower-case hexadecimal digits");

    public ImmutableArray<CanonicalValue> Array(string name, int maxItems)
    {
        if (Value(name) is not CanonicalArray { Items: var items })
            throw Wrong(name, "an array");
        return items.Length <= maxItems ? items : throw Wrong(name, $"an array of at most {maxItems} items");
    }

    public ImmutableArray<T> Array<T>(string name, int maxItems, Func<FieldReader, T> read)
    {
        var items = Array(name, maxItems);
        var result = ImmutableArray.CreateBuilder<T>(items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            var reader = new FieldReader(items[i], $"{Path(name)}[{i}]");
            result.Add(read(reader));
            reader.End();
        }

        return result.MoveToImmutable();
    }

    public ImmutableArray<string> Strings(string name, int maxItems, int maxLength)
    {
        var items = Array(name, maxItems);
        var result = ImmutableArray.CreateBuilder<string>(items.Length);
        foreach (var item in items)
            result.Add(item is CanonicalString { Value: var text } && text.Length <= maxLength ? text : throw Wrong(name, "an array of strings"));
        return result.MoveToImmutable();
    }

    /// <summary>Refuses fields that nobody took.</summary>
    public void End()
    {
        if (_taken != _object.Members.Count)
            throw new MalformedDocumentException($"{(_path.Length == 0 ? "the document" : _path)} has unknown fields");
    }

    public MalformedDocumentException Wrong(string name, string expected) => new($"{Path(name)} must be {expected}");

    private string Path(string name) => _path.Length == 0 ? name : $"{_path}.{name}";
}
