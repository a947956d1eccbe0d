import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;

/**
 * Reads events as somebody would who knows nothing but the published schemas: Avro's own decoder of single-object
 * messages, and the fingerprints that Avro itself computes.
 *
 * <p>Arguments: schema files. Standard input: messages, each behind its length in 4 bytes, big-endian (as `kcat -f
 * '%R%s'` writes them). Standard output: a line of JSON for each message.
 */
public final class ReadEvents {
  private static final String UUID_PARTS = "^(.{8})(.{4})(.{4})(.{4})";

  public static void main(String[] files) throws IOException {
    Map<Long, BinaryMessageDecoder<GenericRecord>> decoders = new HashMap<>();
    for (String file : files) {
      Schema schema = new Schema.Parser().parse(Path.of(file).toFile());
      long fingerprint = SchemaNormalization.parsingFingerprint64(schema);
      decoders.put(fingerprint, new BinaryMessageDecoder<>(new GenericData(), schema));
    }
    ObjectMapper json = new ObjectMapper();
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
    for (int first = in.read(); first >= 0; first = in.read()) {
      int length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
      byte[] message = in.readNBytes(length);
      long fingerprint = ByteBuffer.wrap(message, 2, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
      out.println(json.writeValueAsString(plain(decoders.get(fingerprint).decode(message))));
    }
    out.flush();
  }

  /** What Jackson writes as JSON; an event stands under the full name of its type. */
  private static Object plain(Object value) {
    if (value instanceof GenericRecord record) {
      Map<String, Object> fields = new LinkedHashMap<>();
      for (Schema.Field field : record.getSchema().getFields()) {
        fields.put(field.name(), plain(record.get(field.pos())));
      }
      return record.hasField("header") ? Map.of(record.getSchema().getFullName(), fields) : fields;
    }
    if (value instanceof GenericFixed fixed) {
      String digits = HexFormat.of().formatHex(fixed.bytes());
      return fixed.getSchema().getName().equals("Uuid") ? digits.replaceFirst(UUID_PARTS, "$1-$2-$3-$4-") : digits;
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> entries = new LinkedHashMap<>();
      map.forEach((key, entry) -> entries.put(key.toString(), plain(entry)));
      return entries;
    }
    if (value instanceof List<?> list) {
      List<Object> items = new ArrayList<>();
      list.forEach(item -> items.add(plain(item)));
      return items;
    }
    return value instanceof CharSequence text ? text.toString() : value;
  }
}
