// Verifies a proof that Tapwork's audit trail has exported, without Tapwork: dotnet run docs/verify-audit-proof.cs PROOF.json [PUBLIC-KEY.pem]
// It follows docs/audit-proof.md and uses nothing but the base class library. With a key in a file of its own, obtained another way, it does not have to
// believe the key in the proof.
#:property PublishAot=false
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

const string Format = "tapwork-audit-1";

using var proof = JsonDocument.Parse(File.ReadAllText(args[0]));
var root = proof.RootElement;
if (root.GetProperty("format").GetString() != Format)
    return Broken("this is no proof of that format");
var keys = root.GetProperty("keys").EnumerateArray().ToDictionary(k => Text(k, "id")!, k => Key(k));
var heads = root.GetProperty("heads").EnumerateArray().ToDictionary(h => h.GetProperty("sequence").GetInt64());
var sequence = root.GetProperty("before").GetProperty("sequence").GetInt64();
var hash = root.GetProperty("before").GetProperty("hash").GetBytesFromBase64();
if (sequence == 0 && !hash.SequenceEqual(SHA256.HashData(Encoding.UTF8.GetBytes(Format))))
    return Broken("the chain does not begin at its origin");

var (shown, left, signed) = (0, 0, 0L);
foreach (var entry in root.GetProperty("entries").EnumerateArray())
{
    if (entry.GetProperty("sequence").GetInt64() != ++sequence)
        return Broken($"entry {sequence} is missing");
    var isShown = entry.TryGetProperty("changes", out _);
    var digest = isShown ? Digest(entry) : entry.GetProperty("digest").GetBytesFromBase64();
    (shown, left) = isShown ? (shown + 1, left) : (shown, left + 1);
    var place = new byte[8];
    BinaryPrimitives.WriteInt64BigEndian(place, sequence);
    hash = SHA256.HashData([.. hash, .. place, .. digest]);
    if (!heads.TryGetValue(sequence, out var head))
        continue;
    if (!hash.SequenceEqual(head.GetProperty("hash").GetBytesFromBase64()))
        return Broken($"what comes up to {sequence} is not what was signed");
    byte[] message = [.. Block(Format + "-head"), .. Block($"{sequence}"), .. Block(Text(head, "at")), .. Block(Text(head, "keyId")), .. Block(hash)];
    if (!keys[Text(head, "keyId")!].VerifyData(message, head.GetProperty("signature").GetBytesFromBase64(), HashAlgorithmName.SHA256))
        return Broken($"the signature at {sequence} is wrong");
    signed = sequence;
}
if (signed != sequence)
    return Broken($"what comes after {signed} is not signed");
Console.WriteLine($"proved: {shown} entries shown, {left} left out, signed up to {sequence}");
return 0;

int Broken(string why)
{
    Console.WriteLine($"NOT PROVED: {why}");
    return 1;
}

ECDsa Key(JsonElement key)
{
    var ecdsa = ECDsa.Create();
    if (args.Length > 1)
        ecdsa.ImportFromPem(File.ReadAllText(args[1]));
    else
        ecdsa.ImportSubjectPublicKeyInfo(key.GetProperty("publicKey").GetBytesFromBase64(), out _);
    return ecdsa;
}

byte[] Digest(JsonElement entry)
{
    var message = new List<byte>();
    message.AddRange(Block(Format));
    foreach (var name in (string[])["at", "actorId", "actorName", "role", "ip", "userAgent", "correlationId", "cause", "action", "recordType", "recordId", "recordVersion", "keyId"])
        message.AddRange(Block(Text(entry, name)));
    var salts = entry.GetProperty("salts").GetBytesFromBase64();
    var at = 0;
    using var changes = JsonDocument.Parse(Text(entry, "changes")!);
    foreach (var field in changes.RootElement.EnumerateObject())
    {
        message.AddRange(Block(field.Name));
        foreach (var value in field.Value.EnumerateArray())
        {
            byte[]? commitment = null;
            if (value.ValueKind != JsonValueKind.Null)
            {
                var salt = salts[at..(at += 16)];
                commitment = salt.All(b => b == 0) && value.ValueKind == JsonValueKind.Object
                    ? value.GetProperty("erased").GetBytesFromBase64()
                    : SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(value.GetRawText())]);
            }
            message.AddRange(commitment is null ? Absent() : Block(commitment));
        }
    }
    return SHA256.HashData([.. message, .. entry.GetProperty("mac").GetBytesFromBase64()]);
}

static string? Text(JsonElement of, string name) =>
    !of.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null : value.ToString();

static byte[] Absent() => [0xFF, 0xFF, 0xFF, 0xFF];

static byte[] Block(object? content)
{
    if (content is null)
        return Absent();
    var bytes = content as byte[] ?? Encoding.UTF8.GetBytes((string)content);
    var length = new byte[4];
    BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
    return [.. length, .. bytes];
}
